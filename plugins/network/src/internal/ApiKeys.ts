/**
 * API keys, found by the SHA-256 of what a client sends. A slow hash protects passwords, because people choose few of them;
 * a key of 256 random bits cannot be guessed from its hash by any number of fast ones, so a fast hash is enough, and a
 * request does not pay for a slow one. Time tells nothing about a key: what is looked up is its hash.
 */
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Yaml from "effect/encoding/Yaml"
import * as Schema from "effect/Schema"
import { hash } from "node:crypto"
import type { NetworkConfig } from "../config.ts"
import { type ApiKey, ApiKeyFile } from "../config/apiKey.ts"
import { AuthKeysUnusable } from "../errors.ts"
import type { Principal } from "../Principal.ts"
import * as KeyRing from "./KeyRing.ts"
import * as Read from "./readKeys.ts"

type Auth = NetworkConfig["auth"]

export interface ApiKeys {
  /** Whether there may be any; without, the header means nothing. */
  readonly accepted: () => boolean
  /** What is wrong with all of them, half a sentence; undefined when a client can use one, or none are set. */
  readonly fault: (nowMillis: number) => string | undefined
  readonly find: (key: string, nowMillis: number) => Principal["Service"] | "api_key_unknown" | "api_key_expired"
}

/** Longer than any key that we make; hashing more would only cost time. */
const maxLength = 512

/** As settings write it. */
export const hashOf = (key: string): string => `sha256:${hash("sha256", key)}`

const maxFile = 16 * 1024 * 1024

const setting = "network.auth.api_keys.file"

const decode = Schema.decodeUnknownSync(ApiKeyFile, { errors: "all", onExcessProperty: "error" })

const sourceOf = (path: string, interval: Duration.Duration): KeyRing.Source<ApiKey> => ({
  kind: "file",
  setting,
  read: Read.ofFile(path, maxFile),
  parse: (text) => decode(Yaml.parse(text) ?? []),
  maxAge: interval,
  cooldown: interval,
  maxStale: Duration.infinity
})

const ringOf = Effect.fnUntraced(function*({ api_keys: { file }, jwt: { key_files_interval } }: Auth) {
  if (file === undefined) return undefined
  return yield* Effect.mapError(
    KeyRing.make(sourceOf(file, key_files_interval)),
    (problem) => new AuthKeysUnusable({ setting, problem })
  )
})

const principalOf = ({ id, roles = [], subject }: ApiKey): Principal["Service"] =>
  Object.freeze({ subject, roles, method: "api_key", claims: Object.freeze({ key_id: id }) })

const isExpired = ({ expires_at }: ApiKey, nowMillis: number): boolean =>
  expires_at !== undefined && DateTime.toEpochMillis(expires_at) <= nowMillis

const allExpired = (keys: ReadonlyArray<ApiKey>, nowMillis: number): boolean =>
  keys.length > 0 && keys.every((key) => isExpired(key, nowMillis))

type Index = ReadonlyMap<string, readonly [key: ApiKey, principal: Principal["Service"]]>

const indexOf = (keys: ReadonlyArray<ApiKey>): Index =>
  new Map(keys.map((key) => [key.hash, [key, principalOf(key)] as const]))

/** The keys of the settings may change; those of the file are read again. The index is made anew when they are others. */
export const make = Effect.fnUntraced(function*(auth: Auth) {
  const ring = yield* ringOf(auth)
  let index: Index = new Map()
  let of: readonly [written: unknown, version: number | undefined] = [undefined, undefined]

  const current = (nowMillis: number): Index => {
    const { keys } = auth.api_keys
    const version = ring?.version(nowMillis)
    if (of[0] !== keys || of[1] !== version) {
      index = indexOf([...ring?.keys(nowMillis) ?? [], ...keys])
      of = [keys, version]
    }
    return index
  }

  const keys: ApiKeys = {
    fault: (nowMillis) =>
      ring?.fault(nowMillis) ??
        (allExpired([...ring?.keys(nowMillis) ?? [], ...auth.api_keys.keys], nowMillis)
          ? "every API key has expired"
          : undefined),
    accepted: () => ring !== undefined || auth.api_keys.keys.length > 0,
    find: (key, nowMillis) => {
      const found = key.length > maxLength ? undefined : current(nowMillis).get(hashOf(key))
      if (found === undefined) return "api_key_unknown"
      return isExpired(found[0], nowMillis) ? "api_key_expired" : found[1]
    }
  }
  return keys
})
