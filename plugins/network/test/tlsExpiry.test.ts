/** Certificates that come to their end, on a clock of the test. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, it } from "@effect/vitest"
import { type HealthCheck, HealthRegistry } from "@heptad/common"
import { layerQuiet } from "@heptad/kernel/testing"
import { settings } from "@heptad/network/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as TestClock from "effect/testing/TestClock"
import { make } from "../src/internal/tlsKeyring.ts"
import { start } from "../src/internal/tlsReload.ts"
import { authority, forLocalhost } from "./certificates.ts"
import { server } from "./support.ts"
import { filesOf, folder, journal, measured } from "./tlsSupport.ts"

const root = authority("Heptad Test Root")

/** A day on which nothing ends. */
const today = Date.UTC(2027, 0, 1)

const at = (days: number) => new Date(today + days * 86_400_000)

const certificate = Effect.map(HealthRegistry, ({ results }) => results).pipe(
  Effect.flatten,
  Effect.map((all) => all.find(({ name }) => name === "network_tls_certificate"))
)

it.effect("is told 30, 7 and 1 days before and at the end, once each, and is a warning of the health for a week", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(today)
    const files = yield* folder
    files.pair("first", forLocalhost(root, { notBefore: at(-1), notAfter: at(40) }))
    const { layer, told } = journal()
    const { cert_file, key_file } = filesOf(files, "first")
    const tls = settings({ tls: { enabled: true, cert_file, key_file } }).tls
    const how = `Renew ${cert_file} and ${key_file}; no restart is needed.`
    const lines: Array<string> = []
    const checks: Array<HealthCheck> = []
    const asked = Layer.mock(HealthRegistry, { register: (check) => Effect.sync(() => void checks.push(check)) })
    const reason = Effect.suspend(() => checks[0]?.run ?? Effect.void).pipe(
      Effect.as(undefined),
      Effect.catch(({ message }) => Effect.succeed(message))
    )
    yield* Effect.gen(function*() {
      // Alone: what a server repeats every second and every half minute would be done millions of times in these days.
      yield* start(yield* make(tls), { ...tls, auto_reload: false }, Effect.never)
      const pass = Effect.fnUntraced(function*(days: number, ...expected: ReadonlyArray<string>) {
        yield* TestClock.adjust(`${days} days`)
        lines.push(...expected)
        assert.deepStrictEqual(told, lines)
      })
      const inDays = (days: number) => `certificate ${cert_file} expires in ${days} days, on 2027-02-10. ${how}`
      const withinADay = `certificate ${cert_file} expires within a day, on 2027-02-10. ${how}`
      const over = `certificate ${cert_file} expired on 2027-02-10: clients refuse it. ${how}`
      assert.strictEqual(yield* measured("tls_certificate_expiry_timestamp_seconds"), at(40).getTime() / 1000)
      yield* pass(9)
      yield* pass(2, inDays(30))
      yield* pass(21)
      assert.isUndefined(yield* reason)
      yield* pass(2, inDays(7))
      yield* pass(4)
      assert.strictEqual(yield* reason, inDays(2))
      yield* pass(1.5, withinADay)
      yield* pass(1, over)
      assert.strictEqual(yield* reason, over)
      assert.deepStrictEqual(checks.map(({ criticality }) => criticality), ["degrading"])
      yield* pass(30)
    }).pipe(Effect.provide(Layer.mergeAll(layer, asked, layerQuiet, NodeFileSystem.layer)))
  }).pipe(Effect.scoped))

it.effect("a certificate that has expired, or is not good yet, stops the start", () =>
  Effect.gen(function*() {
    const files = yield* folder
    files.pair("first", forLocalhost(root, { notBefore: at(0), notAfter: at(40) }))
    const tls = { enabled: true, ...filesOf(files, "first") }
    const refusal = Effect.map(
      Effect.flip(Effect.scoped(Layer.build(server({ settings: { tls } })))),
      ({ message }) => message
    )
    yield* TestClock.setTime(today - 600_000)
    assert.include(yield* refusal, "first.crt is not good before 2027-01-01T00:00:00Z. Correct it, or set")
    yield* TestClock.setTime(at(40).getTime())
    assert.include(yield* refusal, "first.crt expired at 2027-02-10T00:00:00Z. Correct it, or set")
    // The clocks of machines differ by less.
    yield* TestClock.setTime(today - 240_000)
    yield* Effect.scoped(Layer.build(server({ settings: { tls } })))
  }).pipe(Effect.scoped))

it.effect("files that were not taken are a warning of the health until they are", () =>
  Effect.gen(function*() {
    yield* TestClock.setTime(today)
    const files = yield* folder
    const good = forLocalhost(root, { notBefore: at(-1), notAfter: at(90) })
    files.pair("first", good)
    const tls = { enabled: true, ...filesOf(files, "first"), reload_interval: "10s" }
    yield* Effect.gen(function*() {
      files.put("first.key", "garbage")
      const round = Effect.andThen(TestClock.adjust("31 seconds"), Effect.map(certificate, (result) => result?.reason))
      yield* Effect.repeat(round, { until: (reason) => reason?.startsWith("certificate not replaced: ") ?? false })
      files.put("first.key", good.key)
      yield* Effect.repeat(round, { until: (reason) => reason === undefined })
    }).pipe(Effect.provide(server({ settings: { tls } })))
  }).pipe(Effect.scoped))
