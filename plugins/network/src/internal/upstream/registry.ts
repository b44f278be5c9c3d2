/** The upstreams by name, as the settings of the moment have them. One that changes is built anew beside the old one. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import type { UpstreamCaUnusable } from "../../errors.ts"
import type { Send } from "./call.ts"
import { chain } from "./chain.ts"
import { make as makeUpstream } from "./make.ts"
import { type Policy, samePolicy } from "./policy.ts"
import type { Upstream } from "./upstream.ts"

export interface Entry {
  readonly upstream: Upstream
  readonly send: Send
  readonly totalMillis: number
  readonly scope: Scope.Closeable
}

export interface Registry {
  readonly entries: ReadonlyMap<string, Entry>
  readonly set: (policy: Policy) => Effect.Effect<void, UpstreamCaUnusable>
  readonly remove: (name: string) => Effect.Effect<void>
}

const busy = ({ upstream: { bulkhead } }: Entry): boolean => bulkhead.active > 0 || bulkhead.waiting > 0

/** Requests on it go on as they began; they have deadlines of their own. */
const retire = (entry: Entry) =>
  Effect.sleep("50 millis").pipe(
    Effect.repeat({ while: () => busy(entry) }),
    Effect.andThen(Scope.close(entry.scope, Exit.void))
  )

/** Everything ends with the scope of the caller. */
export const make = Effect.gen(function*() {
  const all = yield* Effect.scope
  const entries = new Map<string, Entry>()

  const build = Effect.fnUntraced(function*(policy: Policy) {
    const scope = yield* Scope.fork(all)
    const upstream = yield* makeUpstream(policy).pipe(
      Scope.provide(scope),
      Effect.onError(() => Scope.close(scope, Exit.void))
    )
    return { upstream, send: chain(upstream), totalMillis: policy.totalMillis, scope }
  })

  const leave = (entry: Entry) => Effect.forkIn(retire(entry), all)

  const registry: Registry = {
    entries,
    set: Effect.fnUntraced(function*(policy: Policy) {
      const old = entries.get(policy.name)
      if (old !== undefined && samePolicy(old.upstream.policy, policy)) return
      entries.set(policy.name, yield* build(policy))
      if (old !== undefined) yield* leave(old)
    }),
    remove: Effect.fnUntraced(function*(name: string) {
      const old = entries.get(name)
      if (old === undefined) return
      entries.delete(name)
      yield* leave(old)
    })
  }
  return registry
})
