/** Tries what a plan needs, and leaves everything as it was: ports are given back, nothing is written. */
import { type Plan, Settings } from "@heptad/kernel"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import { constants } from "node:fs"
import { access, stat } from "node:fs/promises"
import { connect, createServer, type Server, type Socket } from "node:net"
import { dirname, resolve } from "node:path"

export interface Probed extends Plan.PlannedNeed {
  readonly outcome: "ok" | "failed"
  readonly problem?: string
  readonly millis: number
}

const deadline = "2 seconds"
const atOnce = 16

/** `host:port`, `[::1]:5432`, or a URL; without a port there is nothing to knock at. */
const addressOf = (what: string): { readonly host: string; readonly port: number } | undefined => {
  const match = /^(?:[a-z][a-z0-9+.-]*:\/\/)?(?:[^@/]*@)?(\[[^\]]+\]|[^:/[\]]+):(\d{1,5})(?:\/.*)?$/i.exec(what)
  const port = Number(match?.[2])
  return match?.[1] === undefined || port > 65535 ? undefined : { host: match[1].replaceAll(/[[\]]/g, ""), port }
}

const problemOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error)

/** The first of two events of something that is opened, and always closed again. */
const opened = <A extends Server | Socket>(open: () => A, ready: "listening" | "connect", close: (opened: A) => void) =>
  Effect.callback<void, string>((resume) => {
    const handle = open()
    handle.once(ready, () => resume(Effect.void))
    handle.on("error", (error) => resume(Effect.fail(problemOf(error))))
    return Effect.sync(() => close(handle))
  })

const closed = (server: Server) =>
  Effect.callback<void>((resume) => {
    server.close(() => resume(Effect.void))
  })

const listens = Effect.fnUntraced(function*(what: string) {
  const address = addressOf(what)
  if (address === undefined) return yield* Effect.fail("no host:port")
  const server = createServer()
  yield* opened(() => server.listen({ ...address, exclusive: true }), "listening", () => undefined).pipe(
    Effect.ensuring(closed(server))
  )
})

/** Whether a socket that is opened so gets through. */
export const reached = Effect.fnUntraced(function*(open: () => Socket) {
  const socket = open()
  yield* opened(() => socket, "connect", () => undefined).pipe(
    Effect.timeoutOrElse({ duration: deadline, orElse: () => Effect.fail(`no answer within ${deadline}`) }),
    Effect.ensuring(Effect.sync(() => socket.destroy()))
  )
})

const answers = (what: string): Effect.Effect<void, string> => {
  const address = addressOf(what)
  return address === undefined ? Effect.fail("no host:port") : reached(() => connect(address))
}

const permitted = (path: string, mode: number) => Effect.tryPromise({ try: () => access(path, mode), catch: problemOf })

const isDirectory = (path: string) =>
  Effect.promise(() => stat(path).then((found) => found.isDirectory(), () => undefined))

/** A directory that is not there yet is made by the app: then the nearest one above it must let it. */
const writable = Effect.fnUntraced(function*(path: string): Effect.fn.Return<void, string> {
  const is = yield* isDirectory(path)
  if (is === false) return yield* Effect.fail("not a directory")
  const above = dirname(path)
  if (is === undefined && above !== path) return yield* writable(above)
  yield* Effect.mapError(permitted(path, constants.W_OK | constants.X_OK), (problem) => `${problem} for ${path}`)
})

const given = ({ settings, value }: Settings.SettingsTree, key: string) =>
  Settings.valueAt(value, key.split(".")) ?? settings.find((leaf) => leaf.key === key)?.value

const attempt = ({ key, kind, what }: Plan.PlannedNeed, tree: Settings.SettingsTree): Effect.Effect<void, string> => {
  switch (kind) {
    case "port":
      return listens(what)
    case "host":
      return answers(what)
    case "file":
      return permitted(resolve(what), constants.R_OK)
    case "directory":
      return writable(resolve(what))
    case "secret":
      return given(tree, key) === undefined ? Effect.fail("not given") : Effect.void
  }
}

const one = Effect.fnUntraced(function*(need: Plan.PlannedNeed, tree: Settings.SettingsTree) {
  const startedAt = yield* Clock.currentTimeMillis
  const result = yield* Effect.result(attempt(need, tree))
  const millis = (yield* Clock.currentTimeMillis) - startedAt
  return Result.isSuccess(result)
    ? { ...need, outcome: "ok" as const, millis }
    : { ...need, outcome: "failed" as const, problem: result.failure, millis }
})

/** In the order of the needs. */
export const run = (
  needs: ReadonlyArray<Plan.PlannedNeed>,
  tree: Settings.SettingsTree
): Effect.Effect<ReadonlyArray<Probed>> => Effect.forEach(needs, (need) => one(need, tree), { concurrency: atOnce })
