/** After the load: every order that was answered 201 must be there, become fulfilled, and have its invoice. */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Client } from "./client.ts"
import type { Placed } from "./messages.ts"

const Page = Schema.fromJsonString(Schema.Struct({
  orders: Schema.Array(Schema.Struct({ id: Schema.String, status: Schema.String })),
  next_cursor: Schema.optionalKey(Schema.String)
}))
const decodePage = Schema.decodeUnknownOption(Page)

/** An instance has restarted and works through its backlog, on a machine with other work. */
const patience = Duration.minutes(2)

const get = (client: Client, path: string) =>
  Effect.map(
    Effect.promise(() => client.send({ method: "GET", path, fresh: false })),
    (reply) => "lost" in reply ? { status: 0, body: reply.lost } : reply
  )

const pageOf = (client: Client, cursor: string | undefined) =>
  Effect.map(
    get(client, `/orders?limit=100${cursor === undefined ? "" : `&cursor=${cursor}`}`),
    ({ body, status }) => status === 200 ? decodePage(body) : Option.none()
  )

/** How many of the newest hundred orders wait for their invoice. */
export const waiting = (client: Client) =>
  Effect.map(pageOf(client, undefined), (page) =>
    Option.match(page, {
      onNone: () => null,
      onSome: ({ orders }) => orders.filter(({ status }) => status !== "fulfilled").length
    }))

/** Status by id, newest first, back to the oldest order that the test knows: ids sort by time. */
const statuses = Effect.fnUntraced(function*(client: Client, oldest: string) {
  const found = new Map<string, string>()
  let cursor: string | undefined
  do {
    const page = Option.getOrUndefined(yield* pageOf(client, cursor))
    if (page === undefined) return found
    for (const { id, status } of page.orders) found.set(id, status)
    cursor = page.next_cursor
  } while (cursor !== undefined && cursor >= oldest)
  return found
})

const hasInvoice = (client: Client, id: string) =>
  Effect.map(get(client, `/orders/${id}/invoice`), ({ body, status }) => status === 200 && body.startsWith("%PDF"))

/** What is wrong with the orders of one instance, one line each. */
export const check = Effect.fnUntraced(function*(client: Client, placed: ReadonlyArray<Placed>) {
  const ids = placed.map(({ id }) => id).toSorted()
  const deadline = (yield* Clock.currentTimeMillis) + Duration.toMillis(patience)
  const isFulfilled = (found: ReadonlyMap<string, string>) => ids.every((id) => found.get(id) === "fulfilled")

  let found = yield* statuses(client, ids[0] ?? "")
  while (!isFulfilled(found) && (yield* Clock.currentTimeMillis) < deadline) {
    yield* Effect.sleep("500 millis")
    found = yield* statuses(client, ids[0] ?? "")
  }

  const unfulfilled = ids.filter((id) => found.get(id) !== "fulfilled").map((id) =>
    `order ${id} was answered 201 and is ${found.get(id) ?? "not there"}`
  )
  const fulfilled = ids.filter((id) => found.get(id) === "fulfilled")
  const invoices = yield* Effect.forEach(fulfilled, (id) => hasInvoice(client, id), { concurrency: 8 })
  const without = fulfilled.filter((_, index) => invoices[index] !== true).map((id) =>
    `order ${id} is fulfilled and has no invoice`
  )
  return [...unfulfilled, ...without]
})
