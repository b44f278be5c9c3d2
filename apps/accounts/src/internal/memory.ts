/**
 * What subjects may do, remembered only while every change is heard of (`changes.ts`): otherwise each question is asked
 * anew. Questions about one subject that come together are asked once.
 */
import * as Cache from "effect/Cache"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import type { AccountsConfig } from "../config.ts"
import { hasRoles, keyOf, ofKey, type Who } from "./who.ts"

export interface Memory<A, E> {
  readonly granted: (who: Who) => Effect.Effect<A, E>
  /** Whether it may be used; what it holds is forgotten either way. */
  readonly trust: (trusted: boolean) => Effect.Effect<void>
  readonly forget: (subjects: ReadonlySet<string>) => Effect.Effect<void>
  readonly forgetAll: Effect.Effect<void>
}

const forgetIn = <A, E>(cache: Cache.Cache<string, A, E>) =>
  Effect.fnUntraced(function*(subjects: ReadonlySet<string>) {
    for (const subject of subjects) yield* Cache.invalidate(cache, keyOf({ subject, roles: [] }))
    for (const key of [...yield* Cache.keys(cache)].filter(hasRoles)) {
      if (subjects.has(ofKey(key).subject)) yield* Cache.invalidate(cache, key)
    }
  })

/** `ttl` may change meanwhile. */
export const make = Effect.fnUntraced(function*<A, E>(
  settings: AccountsConfig["cache"],
  load: (who: Who) => Effect.Effect<A, E>
) {
  const cache = yield* Cache.makeWith((key: string) => load(ofKey(key)), {
    capacity: settings.max_subjects,
    timeToLive: (exit) => Exit.isSuccess(exit) ? settings.ttl : Duration.zero
  })
  let trusted = false
  const memory: Memory<A, E> = {
    granted: (who) => Effect.suspend(() => trusted ? Cache.get(cache, keyOf(who)) : load(who)),
    trust: (now) =>
      Effect.suspend(() => {
        trusted = now
        return Cache.invalidateAll(cache)
      }),
    forget: forgetIn(cache),
    forgetAll: Cache.invalidateAll(cache)
  }
  return memory
})
