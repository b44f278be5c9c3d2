/**
 * The process of one side: `node <side>.ts <job as JSON>` keeps 64 lanes busy with one operation each, prints how fast that was, and ends.
 * Before that it looks at the tables: an operation that was counted must have left its rows.
 */
import pg from "pg"
import { latencies } from "../statistics.ts"
import { type Coordinates, database, type Job, sizes, variable, type Work } from "./agreed.ts"

/** What a lane asks and tells. */
export interface Lanes {
  readonly going: () => boolean
  readonly now: () => number
  /** One operation that began at that time has ended. */
  readonly ended: (startedAt: number) => void
}

export interface Side {
  /** Ends when every lane has ended after `going` said no. */
  readonly run: (work: Work, lanes: Lanes) => Promise<unknown>
  readonly close: () => Promise<unknown>
}

export const coordinates: Coordinates = JSON.parse(process.env[variable] ?? "{}")
export const job: Job = JSON.parse(process.argv[2] ?? "{}")

/** How sides with promises keep their lanes busy. */
export const byPromises =
  (operations: Record<Work, (lane: number) => Promise<unknown>>) => (work: Work, { ended, going, now }: Lanes) =>
    Promise.all(Array.from({ length: sizes.lanes }, async (_, lane) => {
      while (going()) {
        const startedAt = now()
        await operations[work](lane)
        ended(startedAt)
      }
    }))

interface Edge {
  readonly at: number
  readonly operations: number
  readonly cpu: number
}

const times = latencies()
const edges: Array<Edge> = []
let operations = 0
let stopping = false

const cpuMicros = (): number => {
  const { system, user } = process.cpuUsage()
  return user + system
}
const edge = (): void => void edges.push({ at: performance.now(), operations, cpu: cpuMicros() })

const lanes: Lanes = {
  going: () => !stopping,
  now: () => performance.now(),
  ended: (startedAt) => {
    operations++
    if (edges.length > 0 && !stopping) times.record(performance.now() - startedAt)
  }
}

const sliceOf = (from: Edge, to: Edge) => ({
  perSecond: (to.operations - from.operations) / (to.at - from.at) * 1000,
  cpuMicros: to.operations === from.operations ? null : (to.cpu - from.cpu) / (to.operations - from.operations)
})

/** How many rows an operation leaves, and where they are counted. */
const left: Record<Work, { readonly each: number; readonly text: string }> = {
  select: { each: 0, text: "SELECT count(*)::int AS found FROM events" },
  insert: { each: 1, text: "SELECT count(*)::int AS found FROM events" },
  transaction: { each: sizes.pairsOfTransaction, text: "SELECT sum(balance)::int AS found FROM accounts" },
  batch: { each: sizes.rowsOfBatch, text: "SELECT count(*)::int AS found FROM events" }
}

const connected = async (): Promise<pg.Client> => {
  const client = new pg.Client({ ...coordinates, database })
  await client.connect()
  return client
}

const checked = async (client: pg.Client): Promise<void> => {
  const { each, text } = left[job.work]
  const { rows: [row] } = await client.query<{ readonly found: number }>(text)
  if (row?.found !== each * operations) {
    throw new Error(`${operations} operations left ${row?.found} instead of ${each} rows each`)
  }
  await client.end()
}

const pause = (millis: number) => new Promise<void>((resolve) => setTimeout(resolve, millis))

const measured = async (): Promise<void> => {
  await pause(job.warmUpMillis)
  edge()
  for (let slice = 0; slice < job.slices; slice++) {
    await pause(job.sliceMillis)
    edge()
  }
  stopping = true
}

const limits = { slices: 60, millis: 60_000 }

const measure = async ({ close, run }: Side): Promise<void> => {
  const client = await connected()
  await client.query("TRUNCATE events")
  await client.query("UPDATE accounts SET balance = 0 WHERE balance <> 0")
  await Promise.all([run(job.work, lanes), measured()])
  await checked(client)
  await close()
  const [p50, p95, p99] = [0.5, 0.95, 0.99].map(times.percentile)
  const slices = edges.slice(1).flatMap((to, index) => {
    const from = edges[index]
    return from === undefined ? [] : [sliceOf(from, to)]
  })
  process.stdout.write(JSON.stringify({ slices, p50, p95, p99 }) + "\n")
}

export const main = (side: Side): void => {
  const planned = job.warmUpMillis + job.slices * job.sliceMillis
  const fail = (problem: string): never => {
    process.stdout.write(JSON.stringify({ problem }) + "\n")
    process.exit(1)
  }
  if (job.slices > limits.slices || planned > limits.millis) fail("job too large")
  setTimeout(fail, planned + 20_000, "no end: answers are missing").unref()
  measure(side).then(
    () => process.exit(0),
    (cause: unknown) => fail(cause instanceof Error ? cause.message : String(cause))
  )
}
