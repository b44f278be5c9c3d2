/** The verbs for what the network plugin does, against a running app with the real plugin. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { writeFileSync } from "node:fs"
import { createServer } from "node:net"
import { join } from "node:path"
import { first, second } from "./fixtures/certificates.ts"
import { folder, run, running, settingsFile } from "./fixtures/here.ts"

const free = Effect.callback<number>((resume) => {
  const server = createServer().listen(0, "127.0.0.1", () => {
    const address = server.address()
    server.close(() => resume(Effect.succeed(address === null || typeof address === "string" ? 0 : address.port)))
  })
})

/** An app with these settings of network, and its settings file. */
const app = Effect.fnUntraced(function*(path: string, network: object) {
  const file = settingsFile(path, { network: { tcp: { port: 0 }, ...network } })
  yield* running(file)
  return file
})

describe("tls-reload", () => {
  const put = (path: string, { cert, key }: typeof first) => {
    writeFileSync(join(path, "server.crt"), cert)
    writeFileSync(join(path, "server.key"), key)
  }

  /** Nothing but the verb reads the files again. */
  const secured = Effect.gen(function*() {
    const path = yield* folder
    put(path, first)
    const [cert_file, key_file] = [join(path, "server.crt"), join(path, "server.key")]
    const file = yield* app(path, { tls: { enabled: true, auto_reload: false, cert_file, key_file } })
    return { path, file, certificate: cert_file }
  })

  const inForce = (certificate: string) =>
    `${"in force".padEnd(certificate.length)}  names      expires\n` +
    `${certificate}  localhost  2120-01-01T00:00:00.000Z`

  it.live("tells what became of each file and what is in force, and changes nothing in a dry run", () =>
    Effect.gen(function*() {
      const { certificate, file, path } = yield* secured
      const outcomes = (outcome: string) =>
        `${"file".padEnd(certificate.length)}  ${"outcome".padEnd(outcome.length)}  problem\n${certificate}  ${outcome}`
      const answer = (outcome: string) => `${outcomes(outcome)}\n\n${inForce(certificate)}`
      const reload = (...args: ReadonlyArray<string>) => run("tls-reload", "--config", file, ...args)

      assert.deepStrictEqual(yield* reload(), { code: 0, out: answer("unchanged"), err: "" })
      put(path, second)
      const dry = { code: 0, out: answer("replaced"), err: "Dry run: nothing was changed." }
      assert.deepStrictEqual(yield* reload("--dry-run"), dry)
      const { code, out } = yield* reload("--json")
      assert.deepStrictEqual(JSON.parse(out).files, [{ file: certificate, outcome: "replaced" }])
      assert.strictEqual(code, 0)
      assert.strictEqual((yield* reload()).out, answer("unchanged"))
    }))

  it.live("ends with 1 when a file is refused, and says what holds", () =>
    Effect.gen(function*() {
      const { certificate, file, path } = yield* secured
      put(path, { ...second, key: first.key })
      const { code, err, out } = yield* run("tls-reload", "--config", file)
      assert.include(out, `${certificate}  refused  ${join(path, "server.key")} is not the key of the certificate in `)
      assert.include(out, inForce(certificate))
      assert.strictEqual(err, "What a refused file held before stays in force.")
      assert.strictEqual(code, 1)
      assert.strictEqual((yield* run("tls-reload", "--json", "--config", file)).code, 1)
    }))

  it.live("says that an app without TLS has nothing to read", () =>
    Effect.gen(function*() {
      const file = yield* app(yield* folder, {})
      const { code, err } = yield* run("tls-reload", "--config", file)
      assert.strictEqual(
        err,
        "heptad: tls-reload was refused (404): no such operation. The app has no such operation: the plugin that has it is " +
          "absent or switched off, or heptad is of another version."
      )
      assert.strictEqual(code, 1)
    }))
})

describe("upstreams", () => {
  it.live("has a line for each endpoint, with the circuit of its upstream", () =>
    Effect.gen(function*() {
      const [well, other] = [`http://127.0.0.1:${yield* free}`, `http://127.0.0.1:${yield* free}`]
      const upstreams = { orders: { endpoints: [well, other] }, stock: { endpoints: [well] } }
      const file = yield* app(yield* folder, { upstreams })
      const { code, err, out } = yield* run("upstreams", "--config", file)
      assert.deepStrictEqual(out.split("\n"), [
        `upstream  circuit  active  waiting  ${"endpoint".padEnd(well.length)}  state   active`,
        `orders    closed   0       0        ${well}  usable  0`,
        `orders    closed   0       0        ${other}  usable  0`,
        `stock     closed   0       0        ${well}  usable  0`
      ])
      assert.deepStrictEqual([code, err], [0, ""])
      const told = JSON.parse((yield* run("upstreams", "--json", "--config", file)).out)
      assert.deepStrictEqual(Object.keys(told), ["orders", "stock"])
      assert.match(told.stock.policy, / > round_robin of 1$/)
    }))

  it.live("says that there is none", () =>
    Effect.gen(function*() {
      const file = yield* app(yield* folder, {})
      const { code, err, out } = yield* run("upstreams", "--config", file)
      assert.deepStrictEqual([code, out, err], [0, "", "This app calls nobody: network.upstreams is empty."])
    }))
})
