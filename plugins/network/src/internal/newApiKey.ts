/** A new API key and its hash. 256 random bits; the prefix lets scanners for leaked secrets find it. */
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { randomBytes } from "node:crypto"
import { hashOf } from "./ApiKeys.ts"

export const newApiKey = Effect.sync(() => {
  const key = `hk_${randomBytes(32).toString("base64url")}`
  return { key: Redacted.make(key), hash: hashOf(key) }
})
