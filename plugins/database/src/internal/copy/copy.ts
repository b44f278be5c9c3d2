/**
 * COPY, in and out. Effect's driver has none, so it runs on a session of its own beside the pool (`heptad-copy`), which is closed
 * afterwards: whatever ends it, nothing of a COPY that did not end well is kept.
 */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import type * as Scope from "effect/Scope"
import * as Semaphore from "effect/Semaphore"
import type { SqlClient } from "effect/sql/SqlClient"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"
import type { CopyFormat, CopyFrom, CopyInto, Database } from "../../Database.ts"
import * as Failures from "../queries/failures.ts"
import { refused } from "./dial.ts"
import type { Message, Wire } from "./Wire.ts"

const identifier = (name: string): string => `"${name.replaceAll("\"", "\"\"")}"`

const columnsOf = (columns: ReadonlyArray<string> | undefined): string =>
  columns === undefined ? "" : ` (${columns.map(identifier).join(", ")})`

const tableOf = ({ columns, table }: CopyInto): string =>
  (typeof table === "string" ? [table] : table).map(identifier).join(".") + columnsOf(columns)

const formatOf = ({ format = "text" }: { readonly format?: CopyFormat }): string => ` WITH (FORMAT ${format})`

const into = (target: CopyInto): string => `COPY ${tableOf(target)} FROM STDIN${formatOf(target)}`

const outOf = (source: CopyFrom): string =>
  `COPY ${"query" in source ? `(${source.query})` : tableOf(source)} TO STDOUT${formatOf(source)}`

/** A message of a type that PgProtocol does not write: type, length, body. */
const frame = (type: "Q" | "c" | "d", body: Uint8Array): Uint8Array => {
  const bytes = Buffer.allocUnsafe(5 + body.length)
  bytes.write(type, 0, "latin1")
  bytes.writeInt32BE(4 + body.length, 1)
  bytes.set(body, 5)
  return bytes
}

const query = (sql: string) => frame("Q", Buffer.from(`${sql}\0`))

/** The server takes messages of up to 1 GiB; smaller ones keep its memory and ours small. */
const largest = 256 * 1024

const pieces = function*(bytes: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += largest) yield bytes.subarray(at, at + largest)
}

const expect = <Tag extends Message["_tag"]>(wire: Wire, tag: Tag) =>
  Effect.flatMap(wire.next, (message) => message._tag === tag ? Effect.void : Effect.fail(refused(message)))

/** `COPY 42` */
const countOf = (tag: string): number => Number(tag.split(" ")[1] ?? 0)

const finish = Effect.fnUntraced(function*(wire: Wire) {
  const complete = yield* wire.next
  if (complete._tag !== "CommandComplete") return yield* refused(complete)
  yield* expect(wire, "ReadyForQuery")
  return countOf(complete.commandTag)
})

/**
 * Sends all of a stream while the server listens. What it says meanwhile can only be that it does not want more; that is heard
 * also while the stream stands still.
 */
const send = <E, R>(wire: Wire, data: Stream.Stream<Uint8Array, E, R>) =>
  Effect.raceFirst(
    Stream.runForEachWhile(data, (bytes) =>
      Effect.gen(function*() {
        for (const piece of pieces(bytes)) {
          if (wire.interrupted) return false
          yield* wire.write(frame("d", piece))
        }
        return true
      })),
    wire.interruption
  )

/** Most sessions for COPY at a time. */
const most = 4

const typed = (error: SqlError): SqlError =>
  Failures.breaksSession(error) ? Failures.sessionLost(error) : Failures.statementFailed(error)

export interface Options {
  /** A session of its own at the primary; the primary may have moved since the last one. */
  readonly open: Effect.Effect<Wire, SqlError, Scope.Scope>
  readonly sql: SqlClient
  /** The caller has written. */
  readonly wrote: Effect.Effect<void>
}

export const make = ({ open, sql, wrote }: Options) => {
  const places = Semaphore.makeUnsafe(most)

  /** A COPY is a transaction of its own: in one of the caller's it would promise what it does not keep. */
  const alone = Effect.flatMap(Effect.serviceOption(sql.transactionService), (transaction) =>
    Option.isNone(transaction)
      ? Effect.void
      : Effect.die(new Error("COPY runs on a session of its own: call it outside of a transaction")))

  const begin = (statement: string, answer: "CopyInResponse" | "CopyOutResponse") =>
    Effect.gen(function*() {
      yield* alone
      yield* places.takeScoped(1)
      const wire = yield* open
      yield* Effect.mapError(Effect.andThen(wire.write(query(statement)), expect(wire, answer)), typed)
      return wire
    })

  const copyIn: Database["Service"]["copyIn"] = Effect.fn("Database.copyIn")(function*(target, data) {
    const wire = yield* begin(into(target), "CopyInResponse")
    yield* send(wire, data)
    yield* wire.write(frame("c", new Uint8Array()))
    return yield* Effect.ensuring(Effect.mapError(finish(wire), typed), wrote)
  }, Effect.scoped)

  const rest = (wire: Wire) => (message: Message) =>
    message._tag === "CopyData"
      ? Effect.succeed([message.data, undefined] as const)
      : message._tag === "CopyDone"
      ? Effect.as(finish(wire), undefined)
      : Effect.fail(refused(message))

  const copyOut: Database["Service"]["copyOut"] = (source) =>
    Stream.unwrap(
      Effect.map(begin(outOf(source), "CopyOutResponse"), (wire) =>
        Stream.mapError(
          Stream.unfold(undefined, () => Effect.flatMap(wire.next, rest(wire))),
          typed
        ))
    )

  return { copyIn, copyOut }
}
