/** Certificates that are replaced while the server runs. */
import { assert, it } from "@effect/vitest"
import { CommonContract } from "@heptad/common"
import commonManifest from "@heptad/common/package.json" with { type: "json" }
import { layerMemory } from "@heptad/common/testing"
import { Kernel, Operations, Plugin } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import fs from "node:fs"
import * as https from "node:https"
import { authority, daysFromNow, forLocalhost } from "./certificates.ts"
import { server, until } from "./support.ts"
import { filesOf, type Folder, folder, get, journal, measured, serialOf, shown } from "./tlsSupport.ts"

const root = authority("Heptad Test Root")
const ca = root.cert

/** Runs a server that begins with one certificate. */
const serving = <A, E, R>(
  test: (files: Folder, told: ReadonlyArray<string>) => Effect.Effect<A, E, R>,
  more: Readonly<Record<string, unknown>> = {}
) =>
  Effect.gen(function*() {
    const files = yield* folder
    const { layer, told } = journal()
    files.pair("first", first)
    const tls = { enabled: true, ...filesOf(files, "first"), ...more }
    return yield* test(files, told).pipe(Effect.provide(Layer.provideMerge(server({ settings: { tls } }), layer)))
  }).pipe(Effect.scoped)

const first = forLocalhost(root)
const second = forLocalhost(root)

const reloads = (outcome: "replaced" | "refused") => measured("tls_certificate_reloads_total", { outcome })

const shows = (wanted: { readonly cert: string }) =>
  until(Effect.map(Effect.orDie(shown({ ca })), (serial) => serial === serialOf(wanted)))

it.live("a replaced pair is shown to new connections, and an open connection goes on", () =>
  serving((files, told) =>
    Effect.gen(function*() {
      const agent = new https.Agent({ keepAlive: true, maxSockets: 1 })
      assert.strictEqual(yield* get("/hello", { ca, agent }), 200)
      const [open] = Object.values(agent.freeSockets).flat()
      files.pair("first", second)
      yield* shows(second)
      assert.strictEqual(yield* get("/hello", { ca, agent }), 200)
      assert.strictEqual(Object.values(agent.freeSockets).flat()[0], open)
      agent.destroy()
      assert.match(told.join("\n"), /^certificate replaced: .*first\.crt \(localhost\), good until \d{4}-\d\d-\d\d$/)
    })
  ))

it.live("the swap of ..data, as Kubernetes does it, is noticed", () =>
  Effect.gen(function*() {
    const files = yield* folder
    const mount = (version: string, { cert, key }: typeof first) => {
      const directory = files.path(version)
      fs.mkdirSync(directory)
      fs.writeFileSync(`${directory}/tls.crt`, cert)
      fs.writeFileSync(`${directory}/tls.key`, key)
      fs.symlinkSync(version, files.path("..data_tmp"))
      fs.renameSync(files.path("..data_tmp"), files.path("..data"))
    }
    mount("..2026_1", first)
    for (const name of ["tls.crt", "tls.key"]) fs.symlinkSync(`..data/${name}`, files.path(name))
    const tls = { enabled: true, cert_file: files.path("tls.crt"), key_file: files.path("tls.key") }
    yield* Effect.gen(function*() {
      assert.strictEqual(yield* shown(), serialOf(first))
      mount("..2026_2", second)
      yield* shows(second)
    }).pipe(Effect.provide(server({ settings: { tls } })))
  }).pipe(Effect.scoped))

const expired = forLocalhost(root, { notBefore: daysFromNow(-20), notAfter: daysFromNow(-10) })

const bad: ReadonlyArray<readonly [what: string, change: (files: Folder) => void, problem: RegExp]> = [
  [
    "a key of another certificate",
    (files) => files.pair("first", { ...second, key: first.key }),
    /first\.key is not the key of the certificate in .*first\.crt/
  ],
  ["garbage", (files) => files.put("first.crt", "garbage"), /it holds no -----BEGIN CERTIFICATE-----/],
  [
    "a chain that is written half",
    (files) => files.put("first.crt", second.cert + root.cert.slice(0, 200)),
    /2 certificates begin and 1 end/
  ],
  ["a file that is missing", (files) => fs.rmSync(files.path("first.key")), /first\.key \(/],
  ["an expired certificate", (files) => files.pair("first", expired), /first\.crt expired at \d{4}-/],
  [
    "a key that is none",
    (files) => files.put("first.key", "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n"),
    /first\.key holds no private key that can be read \(/
  ]
]

for (const [what, change, problem] of bad) {
  it.live(`${what} keeps the old pair in force and is told once`, () =>
    serving((files, told) =>
      Effect.gen(function*() {
        const before = yield* reloads("refused")
        change(files)
        yield* until(Effect.sync(() => told.length > 0))
        assert.strictEqual(yield* shown({ ca }), serialOf(first))
        assert.strictEqual(yield* get("/hello", { ca }), 200)
        assert.strictEqual(yield* reloads("refused"), before + 1)
        assert.match(told.join("\n"), problem)
        assert.match(
          told.join("\n"),
          /^certificate not replaced: network\.tls\.(.*) cannot be used: .*\. What .*first\.crt held before stays in force\. Correct the file: it is read again when it changes, or at once by heptad tls-reload\.$/
        )
        files.pair("first", second)
        yield* shows(second)
        assert.lengthOf(told, 2)
      })
    ))
}

const Common = Plugin.make({
  manifest: commonManifest,
  contract: CommonContract,
  requires: [],
  config: Schema.Struct({}),
  layer: () => layerMemory
})

it.live("the operation tls-reload reads the files now and tells what became of them", () =>
  Effect.gen(function*() {
    const files = yield* folder
    files.pair("first", first)
    files.pair("other", second)
    const other = { ...filesOf(files, "other"), names: ["other.example.org"] }
    const tls = { enabled: true, ...filesOf(files, "first"), auto_reload: false, server_names: [other] }
    yield* Effect.gen(function*() {
      const operation = (yield* (yield* Operations).all).get("tls-reload")
      const reload = (dryRun: boolean) => operation?.run({}, { dryRun }) ?? Effect.die("no such operation")
      const [crt, otherCrt] = [files.path("first.crt"), files.path("other.crt")]
      files.pair("first", second)
      files.put("other.crt", "garbage")
      const outcomes = [
        { file: crt, outcome: "replaced" },
        {
          file: otherCrt,
          outcome: "refused",
          problem: `${otherCrt} cannot be parsed (it holds no -----BEGIN CERTIFICATE-----)`
        }
      ]
      assert.deepInclude(yield* reload(true), { files: outcomes })
      assert.strictEqual(yield* shown(), serialOf(first))
      assert.deepInclude(yield* reload(false), { files: outcomes })
      assert.strictEqual(yield* shown(), serialOf(second))
      assert.strictEqual(yield* shown({ servername: "other.example.org" }), serialOf(second))
      assert.deepNestedInclude(yield* reload(false), { "files[0]": { file: crt, outcome: "unchanged" } })
    }).pipe(Effect.provide(
      Kernel.layer([Common, NetworkPlugin]).pipe(Layer.provide(settings({ network: { tcp: { port: 0 }, tls } })))
    ))
  }).pipe(Effect.scoped))

it.live("without auto_reload only the operation reads the files, with it also the interval", () =>
  Effect.gen(function*() {
    const files = yield* folder
    files.pair("first", first)
    const tls = { enabled: true, ...filesOf(files, "first"), reload_interval: "50ms" }
    const running = (auto_reload: boolean) => server({ settings: { tls: { ...tls, auto_reload } } })
    yield* Effect.gen(function*() {
      files.pair("first", second)
      yield* shows(second)
    }).pipe(Effect.provide(running(true)))
    yield* Effect.gen(function*() {
      files.pair("first", first)
      yield* Effect.sleep("400 millis")
      assert.strictEqual(yield* shown({ ca }), serialOf(second))
    }).pipe(Effect.provide(running(false)))
  }).pipe(Effect.scoped))

/** Requests one after the other until told to stop; how many were answered, and what went wrong. */
const load = (agent: () => https.Agent | false, stop: { now: boolean }) =>
  Effect.gen(function*() {
    let served = 0
    const failed: Array<string> = []
    while (!stop.now) {
      yield* get("/hello", { ca, agent: agent() }).pipe(
        Effect.map((status) => status === 200 ? served++ : failed.push(`status ${status}`)),
        Effect.catch((error) => Effect.sync(() => failed.push(error.message)))
      )
    }
    return { served, failed }
  })

it.live(
  "replaced 20 times under load no request fails, with new handshakes and on open connections",
  () =>
    serving((files) =>
      Effect.gen(function*() {
        const stop = { now: false }
        const before = yield* reloads("replaced")
        const keepAlive = new https.Agent({ keepAlive: true, maxSockets: 4 })
        const clients = yield* Effect.forkScoped(Effect.all(
          [
            load(() => false, stop),
            load(() => false, stop),
            ...Array.from({ length: 4 }, () => load(() => keepAlive, stop))
          ],
          { concurrency: "unbounded" }
        ))
        for (let replaced = 0; replaced < 20; replaced++) {
          const next = forLocalhost(root)
          files.pair("first", next)
          yield* shows(next)
        }
        stop.now = true
        const runs = yield* Fiber.join(clients)
        keepAlive.destroy()
        assert.deepStrictEqual(runs.flatMap(({ failed }) => failed), [])
        assert.isTrue(runs.every(({ served }) => served > 20), JSON.stringify(runs))
        assert.strictEqual(yield* reloads("replaced"), before + 20)
      })
    ),
  60_000
)
