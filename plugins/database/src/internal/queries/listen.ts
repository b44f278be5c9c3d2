/** One session that listens to a channel, shown as `heptad-listen`. */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Scope from "effect/Scope"
import type { SqlError } from "effect/sql/SqlError"
import type { Database } from "../../Database.ts"
import type { Servers } from "../nodes/Servers.ts"
import { codeOf, configOf, unavailable } from "../PgSession.ts"
import { connected } from "../pool/session.ts"

/** A name that no server takes. Whatever else is refused says something of the server: it may be a replica by now. */
const isWrongName = ({ reason }: SqlError, code: string): boolean =>
  reason._tag === "SqlSyntaxError" || (reason._tag === "UnknownError" && code === "")

/**
 * The scope of the queue is older than that of the session and so closed after it: on an open session the driver would say
 * UNLISTEN first, and wait for a server that may be gone.
 */
export const make = (
  { left, primary }: Pick<Servers, "left" | "primary">,
  connectTimeout: Duration.Duration
): Database["Service"]["listen"] =>
  Effect.fn("Database.listen")(function*(channel: string) {
    const target = primary()
    const queue = yield* Scope.fork(yield* Effect.scope)
    const { connection, socket } = yield* Effect.mapError(
      connected(configOf(target, { applicationName: "heptad-listen", connectTimeout })),
      (error) => unavailable(target, error)
    )
    const ended = Effect.sync(() => socket.destroy(new Error("writes go to another server now")))
    yield* Effect.forkScoped(Effect.andThen(left(target), ended))
    return yield* Effect.catch(
      Scope.provide(connection.listen(channel), queue),
      (error) => isWrongName(error, codeOf(error)) ? Effect.die(error) : Effect.fail(unavailable(target, error))
    )
  })
