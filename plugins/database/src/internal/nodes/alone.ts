/** One server and nothing to choose: statements go to its sessions without a detour. */
import { Unhealthy } from "@heptad/common"
import * as Effect from "effect/Effect"
import { observer } from "../observer.ts"
import type { Server } from "../PgServer.ts"
import { configOf, open, type Target, unavailable } from "../PgSession.ts"
import * as SessionPool from "../SessionPool.ts"
import { nameOf } from "./endpoint.ts"
import { evicting } from "./evicting.ts"
import { patience } from "./probe.ts"
import { connectionCheck, type Servers } from "./Servers.ts"

/** On a session of its own: whether the server answers must not depend on how busy our pool is. */
const check = (target: Target): Effect.Effect<void, Unhealthy> =>
  open(configOf(target, { applicationName: "heptad-health", connectTimeout: patience })).pipe(
    Effect.flatMap((session) => session.query("SELECT 1", [], false)),
    Effect.mapError((error) => new Unhealthy({ reason: unavailable(target, error).message })),
    Effect.asVoid,
    Effect.scoped
  )

export const make = Effect.fnUntraced(function*(current: SessionPool.Current, server: Server) {
  const { target } = server
  const made: { pool?: SessionPool.SessionPool } = {}
  const sessions = yield* SessionPool.make(current, server, evicting(yield* observer(current), () => made.pool))
  made.pool = sessions
  const servers: Servers = {
    server,
    alone: true,
    sessions,
    primary: () => target,
    beside: (work) => work(target),
    wrote: Effect.void,
    left: () => Effect.never,
    nodes: Effect.succeed([{ name: nameOf(target), role: "primary" }]),
    pools: Effect.sync(() => [sessions.state()]),
    checks: [connectionCheck(check(target))]
  }
  return servers
})
