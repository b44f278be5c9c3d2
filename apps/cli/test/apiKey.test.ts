import { ApiKey } from "@heptad/network"
import * as Schema from "effect/Schema"
import { createHash } from "node:crypto"
import { expect, it } from "vitest"
import { heptad } from "./heptad.ts"

const made = Schema.decodeUnknownSync(Schema.fromJsonString(Schema.Struct({ key: Schema.String, entry: ApiKey })))

const args = ["token", "api-key", "--id", "reports", "--subject", "report-service", "--role", "clerk"]

it("makes a key that nobody can guess, and an entry that has its hash", async () => {
  const [one, two] = await Promise.all([1, 2].map(async () => made((await heptad([...args, "--json"])).out)))
  expect(one?.key).toMatch(/^hk_[A-Za-z0-9_-]{43}$/)
  expect(one?.key).not.toBe(two?.key)
  expect(one?.entry).toEqual({
    id: "reports",
    hash: `sha256:${createHash("sha256").update(one?.key ?? "").digest("hex")}`,
    subject: "report-service",
    roles: ["clerk"]
  })
})

it("shows the key once and what to do with it", async () => {
  const { code, out } = await heptad([...args, "--expires", "2027-01-01"])
  const [key = "", ...rest] = out.split("\n")
  expect(code).toBe(0)
  expect(rest.join("\n").replace(/sha256:[0-9a-f]{64}/, "<hash>")).toBe(
    `
This key is shown once and kept nowhere. Give it to whoever asks, who sends it in the header X-API-Key (network.auth.api_keys.header).
The app accepts it with this entry in network.auth.api_keys.keys, or in the file of network.auth.api_keys.file:

- {"id":"reports","hash":"<hash>","subject":"report-service","roles":["clerk"],"expires_at":"2027-01-01T00:00:00.000Z"}
`
  )
  expect(out.split(key).length).toBe(2)
})

it("refuses what the app would not accept", async () => {
  const { code, err } = await heptad(["token", "api-key", "--id", "", "--subject", "x"])
  expect(code).toBe(2)
  expect(err).toContain(`at ["id"]`)
})
