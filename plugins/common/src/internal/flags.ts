/** The decision on a feature flag; the algorithm is promised in `FeatureFlags.ts`. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import type { FeatureFlags, Features } from "../FeatureFlags.ts"
import { flagEvaluations } from "../metrics.ts"

const utf8 = new TextEncoder()

const fnv1a = (bytes: Uint8Array): number => {
  let hash = 0x811c9dc5
  for (const byte of bytes) hash = Math.imul(hash ^ byte, 0x01000193)
  return hash
}

/** FNV-1a alone hardly lets the last bytes reach the high bits. */
const mix = (hash: number): number => {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35)
  return (mixed ^ (mixed >>> 16)) >>> 0
}

/** 0 to 99. */
export const bucketOf = (flag: string, subject: string): number => mix(fnv1a(utf8.encode(`${flag}:${subject}`))) % 100

interface Flag {
  readonly percentage: number
  readonly allow: ReadonlySet<string>
  readonly deny: ReadonlySet<string>
  readonly on: Metric.Counter<number>
  readonly off: Metric.Counter<number>
}

const compile = (features: Features): ReadonlyMap<string, Flag> =>
  new Map(
    Object.entries(features).map(([flag, { allow = [], deny = [], rollout_percentage }]) => [flag, {
      percentage: rollout_percentage,
      allow: new Set(allow),
      deny: new Set(deny),
      on: Metric.withAttributes(flagEvaluations, { flag, variant: "on" }),
      off: Metric.withAttributes(flagEvaluations, { flag, variant: "off" })
    }])
  )

const isOn = (name: string, { allow, deny, percentage }: Flag, subject: string): boolean =>
  !deny.has(subject) && (allow.has(subject) || bucketOf(name, subject) < percentage)

/** Without a name: it comes from code, and there could be any number of them. */
const unknown = Metric.withAttributes(flagEvaluations, { variant: "unknown" })

/** Names of unknown flags that are remembered as told. */
const remembered = 100

export const make = (features: Features) => {
  let flags = compile(features)
  const told = new Set<string>()

  const tell = (flag: string): Effect.Effect<void> => {
    if (told.has(flag) || told.size >= remembered) return Effect.void
    told.add(flag)
    return Effect.logWarning(`feature flag ${flag} is off: no setting knows it. Add common.features.${flag}.`)
  }

  const service: FeatureFlags["Service"] = {
    isEnabled: (name, subject) =>
      Effect.suspend(() => {
        const flag = flags.get(name)
        if (flag === undefined) return Effect.as(Effect.andThen(Metric.update(unknown, 1), tell(name)), false)
        const on = isOn(name, flag, subject)
        return Effect.as(Metric.update(on ? flag.on : flag.off, 1), on)
      })
  }
  return {
    service,
    /** Later settings; a flag that they dropped is told again when somebody asks for it. */
    change: (next: Features): void => {
      flags = compile(next)
      told.clear()
    }
  }
}
