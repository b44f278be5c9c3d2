/** The two tokens of the control API, made at the first start, as the hashes by which the door knows them. */
import { DataDirectory } from "@heptad/common"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import { createHash } from "node:crypto"

const bytes = 32

const hashOf = Effect.fnUntraced(function*(name: string) {
  const token = yield* (yield* DataDirectory).secret(name, bytes)
  return new Uint8Array(createHash("sha256").update(Redacted.value(token)).digest())
})

/** The files `control-operator` and `control-read` in the folder `secrets` of the data directory. */
export const hashes = Effect.all({ operator: hashOf("control-operator"), read: hashOf("control-read") })
