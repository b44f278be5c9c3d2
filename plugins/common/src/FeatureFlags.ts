/**
 * Who sees which feature: `common.features`. The answer for a flag and a subject is always the same, on every machine and
 * after every restart, and raising a percentage only adds subjects.
 *
 * The subject's bucket is the 32-bit FNV-1a hash of the UTF-8 bytes of `flag:subject`, mixed by the finalizer of MurmurHash3
 * (32 bit), modulo 100. The flag is on when the bucket is below the percentage. The flag is part of the hash, so that not the
 * same subjects are the first for every feature.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type { Feature } from "./config.ts"
import * as Flags from "./internal/flags.ts"

/** By flag name. */
export type Features = Readonly<Record<string, Feature>>

export class FeatureFlags extends Context.Service<FeatureFlags, {
  /**
   * Whether `subject` (a user id, a tenant) sees the feature. `deny` wins over `allow`, and both over the percentage. A flag
   * that no setting knows is off, which is told once. Never waits.
   */
  readonly isEnabled: (flag: string, subject: string) => Effect.Effect<boolean>
}>()("@heptad/common/FeatureFlags") {
  static readonly layer = (features: Features) => Layer.sync(FeatureFlags, () => Flags.make(features).service)
}
