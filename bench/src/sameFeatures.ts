/**
 * Before anything is measured: does this side do for a request what was agreed? Header names, request ids, the access line, the
 * counters, and a refusal beyond the limit. After it: was a line written for every request?
 */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schedule from "effect/Schedule"
import * as fs from "node:fs"
import { type Line, lineAbout } from "./accessLines.ts"
import { headerNames, lineFields, origin } from "./agreed.ts"
import { ask, type Asked } from "./ask.ts"
import { AnswersDiffer } from "./errors.ts"
import { sumOf } from "./exposition.ts"
import { type Features, logFile } from "./features.ts"
import { folderOf } from "./folder.ts"
import * as paths from "./paths.ts"
import { type Running, start } from "./server.ts"
import { echo } from "./works.ts"

/** What Node and the body bring, on any side. */
const transport = new Set(["connection", "content-length", "content-type", "date", "keep-alive", "transfer-encoding"])

/** Pure. Drafts of RateLimit have between one and three headers: they count as one. */
export const namesOf = (headers: Asked["headers"]): ReadonlyArray<string> =>
  [
    ...new Set(
      Object.keys(headers).filter((name) => !transport.has(name)).map((name) =>
        name.replace(/^ratelimit.*/, "ratelimit")
      )
    )
  ].toSorted()

const differs = (running: Running, expected: string) => (got: string) =>
  new AnswersDiffer({ server: running.name, work: "features", expected, got })

/** Polls: lines and counters follow their answer. */
const eventually = <E>(check: Effect.Effect<void, E>) =>
  Effect.retry(check, { schedule: Schedule.spaced("50 millis"), times: 100 })

const probe = (running: Running, headers: Readonly<Record<string, string>> = {}) =>
  ask(running.port, echo.method, echo.path, echo.body, { origin, ...headers }).pipe(
    Effect.filterOrFail(({ status }) => status === 200, ({ status }) => `status ${status}`),
    Effect.mapError(differs(running, "200 to a probe"))
  )

type Told = string | number | boolean

const expectEqual = (running: Running, what: string, expected: Told, got: Told) =>
  Object.is(expected, got) ? Effect.void : Effect.fail(differs(running, `${what}: ${expected}`)(String(got)))

const checkHeaders = Effect.fnUntraced(function*(running: Running) {
  const { headers } = yield* probe(running)
  yield* expectEqual(running, "header names", headerNames.join(" "), namesOf(headers).join(" "))
  yield* expectEqual(running, "access-control-allow-origin", origin, headers["access-control-allow-origin"] ?? "none")
  const foreign = yield* probe(running, { origin: "https://elsewhere.example.com" })
  const allowed = foreign.headers["access-control-allow-origin"] ?? origin
  yield* expectEqual(running, "access-control-allow-origin for another origin, if any", origin, allowed)
})

const sane = "probe-0123456789"
const forged = "no \"id\" {}"

const checkRequestIds = Effect.fnUntraced(function*(running: Running) {
  const idOf = (asked?: string) =>
    Effect.map(
      probe(running, asked === undefined ? {} : { "x-request-id": asked }),
      ({ headers }) => String(headers["x-request-id"] ?? "")
    )
  yield* expectEqual(running, "x-request-id of the client", sane, yield* idOf(sane))
  const made = [yield* idOf(), yield* idOf(), yield* idOf(forged)]
  const fresh = new Set(made).size === made.length && made.every((id) => id.length >= 8 && id !== forged)
  yield* expectEqual(running, "three ids of its own", true, fresh)
})

/** Pure: which agreed fields are missing or say something else. */
export const wrongFields = (line: Line, requestId: string): ReadonlyArray<string> =>
  lineFields.filter((field) => {
    const value = line[field]
    switch (field) {
      case "method":
        return value !== echo.method
      case "route":
        return value !== echo.path
      case "status":
        return value !== 200
      case "duration_ms":
        return typeof value !== "number" || value < 0
      case "request_id":
        return value !== requestId
      default:
        return value === undefined || value === ""
    }
  })

const checkLine = Effect.fnUntraced(function*(running: Running, { fields }: Features) {
  const file = yield* FileSystem.FileSystem
  const requestId = "line-of-this-probe"
  yield* probe(running, { "x-request-id": requestId })
  yield* eventually(Effect.gen(function*() {
    const text = yield* Effect.orElseSucceed(file.readFileString(logFile(running.folder)), () => "")
    yield* expectEqual(
      running,
      "wrong fields of its access line",
      "",
      wrongFields(lineAbout(text, requestId, fields), requestId).join(" ")
    )
  }))
})

/** Fastify keeps no line about these, and one side counts them. */
const metricsPage = { route: "/metrics" }

interface Counts {
  readonly requests: number
  readonly latencies: number
}

const countsOf = (running: Running, { metrics }: Features, labels: Readonly<Record<string, string>>) =>
  ask(metrics.port(running), "GET", "/metrics").pipe(
    Effect.mapError(differs(running, "a metrics page")),
    Effect.map(({ body }): Counts => ({
      requests: (sumOf(body, metrics.count, labels) ?? 0) -
        (sumOf(body, metrics.count, { ...labels, ...metricsPage }) ?? 0),
      // Some sides label their histogram and count their own metrics page in it.
      latencies: sumOf(body, metrics.histogram, metrics.histogram === metrics.count ? labels : {}) ?? 0
    }))
  )

const probes = 7

/** POST, because asking for the metrics is a GET that some sides count. */
const checkCounters = Effect.fnUntraced(function*(running: Running, features: Features) {
  const { metrics } = features
  const labels = { [metrics.method]: echo.method, [metrics.status]: "200" }
  const before = yield* countsOf(running, features, labels)
  yield* Effect.forEach(Array.from({ length: probes }), () => probe(running), { discard: true })
  yield* eventually(Effect.gen(function*() {
    const after = yield* countsOf(running, features, labels)
    yield* expectEqual(running, `${metrics.count} of ${probes} probes`, probes, after.requests - before.requests)
    const timed = after.latencies - before.latencies >= probes
    yield* expectEqual(running, `${metrics.histogram} has the probes`, true, timed)
  }))
})

const burst = 20

const isRefused = ({ headers, status }: Asked): boolean =>
  status === 429 && headers["retry-after"] !== undefined && namesOf(headers).includes("ratelimit")

/** In an instance of its own, which ends here. */
const checkLimit = Effect.fnUntraced(function*(running: Running, { limited }: Features) {
  const folder = yield* folderOf(limited.name)
  const instance = yield* start(limited, { folder, before: ["--import", paths.lifeline] })
  const answers = yield* Effect.forEach(
    Array.from({ length: burst }),
    () => ask(instance.port, "GET", "/", "", { origin }),
    { concurrency: burst }
  ).pipe(Effect.mapError(differs(running, "answers to a burst")))
  const served = answers.filter(({ status }) => status === 200).length
  const refused = answers.filter(isRefused).length
  yield* expectEqual(running, "burst beyond a limit: 200 or 429 with its headers", burst, served + refused)
  yield* expectEqual(running, "burst beyond a limit: some served, some refused", true, refused > 0 && refused < burst)
}, Effect.scoped)

export const checkSameFeatures = Effect.fnUntraced(function*(running: Running, features: Features) {
  yield* checkHeaders(running)
  yield* checkRequestIds(running)
  yield* checkLine(running, features)
  yield* checkCounters(running, features)
  yield* checkLimit(running, features)
})

const lines = (path: string): number => {
  const file = fs.openSync(path, "r")
  const buffer = Buffer.allocUnsafe(1 << 20)
  let count = 0
  for (let read = fs.readSync(file, buffer); read > 0; read = fs.readSync(file, buffer)) {
    for (let at = buffer.indexOf(10); at >= 0 && at < read; at = buffer.indexOf(10, at + 1)) count++
  }
  fs.closeSync(file)
  return count
}

/** A logger that drops lines when it is busy would look fast. */
export const checkNothingLost = (running: Running, features: Features) =>
  eventually(Effect.gen(function*() {
    const { requests } = yield* countsOf(running, features, {})
    const written = lines(logFile(running.folder))
    yield* expectEqual(running, "a line for every request", true, written >= requests * features.linesPerRequest)
  }))
