/** The verbs against the real operations of a kernel, behind the contract of the control API. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import { readFileSync, rmSync, writeFileSync } from "node:fs"
import { createServer } from "node:http"
import { join } from "node:path"
import { app, folder, run, settingsFile } from "./fixtures/here.ts"

/** Start times differ from run to run. */
const withoutTimes = (text: string) => text.replace(/\d+(?= *$)/gm, "N")

describe("finding the app", () => {
  it.effect("says that nothing runs, with exit code 69", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const { code, err, out } = yield* run("status", "--set", `common.data_dir=${path}`)
      assert.strictEqual(
        err,
        `heptad: no app answers for the data directory ${path}: no process holds it. Start it, or name the data directory ` +
          `of the one that runs: --config, --set common.data_dir=..., or HEPTAD_DATA_DIR.`
      )
      assert.deepStrictEqual([code, out], [69, ""])
    }))

  it.effect("knows a control.json that a killed app left behind", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const facts = { url: "http://127.0.0.1:1", pid: 4242, started_at: "2026-11-23T09:42:00Z", version: "0.1.0" }
      writeFileSync(join(path, "control.json"), JSON.stringify(facts))
      const { code, err } = yield* run("status", "--set", `common.data_dir=${path}`)
      assert.include(err, `${path}: process 4242, which left its control.json behind, has ended. `)
      assert.strictEqual(code, 69)
    }))

  it.effect("tells an app without a control API from one that does not run", () =>
    Effect.gen(function*() {
      const { data, file } = yield* app
      const facts = readFileSync(join(data, "control.json"), "utf8")
      rmSync(join(data, "control.json"))
      const { code, err } = yield* run("status", "--config", file)
      writeFileSync(join(data, "control.json"), facts)
      assert.include(
        err,
        `${data}: process ${process.pid} holds it and has not opened its control API: it is starting, or ` +
          `monitoring.control.enabled is off. `
      )
      assert.strictEqual(code, 69)
    }))

  it.effect("finds an app although another section of its settings is at fault", () =>
    Effect.gen(function*() {
      const { file, folder } = yield* app
      settingsFile(folder, { network: { tcp: { port: "many" } }, database: "${NOT_SET}" })
      assert.strictEqual((yield* run("status", "--config", file)).code, 0)
    }))

  it.effect("tells what is wrong with the settings that name the data directory", () =>
    Effect.gen(function*() {
      const path = yield* folder
      const file = join(path, "app.yaml")
      writeFileSync(file, "common:\n  data_dir: 7\n")
      const { code, err } = yield* run("status", "--config", file)
      assert.include(err, `- ${file}:2:3: common.data_dir: expected string, got 7`)
      assert.strictEqual(code, 78)
    }))
})

describe("asking the app", () => {
  it.effect("tells its state: a sentence, then its plugins", () =>
    Effect.gen(function*() {
      const { file } = yield* app
      const { code, err, out } = yield* run("status", "--config", file)
      assert.deepStrictEqual(withoutTimes(out).split("\n"), [
        "Serving.",
        "",
        "plugin   state    version  start ms  problem",
        "common   started  0.1.0    N",
        "fixture  started  0.1.0    N",
        "",
        "Settings version 1; nothing waits for a restart."
      ])
      assert.deepStrictEqual([code, err], [0, ""])
    }))

  it.effect("gives programs the answer as it is", () =>
    Effect.gen(function*() {
      const { file } = yield* app
      const status = JSON.parse((yield* run("status", "--json", "--config", file)).out)
      assert.strictEqual(status.phase, "running")
      assert.strictEqual(status.plugins[1].name, "fixture")
    }))

  it.effect("goes by address and token alone, for an app elsewhere", () =>
    Effect.gen(function*() {
      const { data, url } = yield* app
      const token = join(data, "secrets/control-read")
      assert.strictEqual((yield* run("status", "--url", `${url}/`, "--token-file", token)).code, 0)
    }))

  it.effect("refuses an address that is none, as a usage error", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* run("status", "--url", "localhost:9090")).code, 2)
    }))

  it.effect("says that a token is wrong, and what to do", () =>
    Effect.gen(function*() {
      const { folder, url } = yield* app
      const token = join(folder, "token")
      writeFileSync(token, "wrong")
      const { code, err } = yield* run("status", "--url", url, "--token-file", token)
      assert.strictEqual(
        err,
        "heptad: status was refused (401): a token is needed. Give the token of this app: --token-file, or the data " +
          "directory that it runs with."
      )
      assert.strictEqual(code, 1)
    }))

  it.effect("says that the role read may not change anything", () =>
    Effect.gen(function*() {
      const { data, url } = yield* app
      const { code, err } = yield* run("drain", "--url", url, "--token-file", join(data, "secrets/control-read"))
      assert.strictEqual(
        err,
        "heptad: drain was refused (403): the role read may not do this. Ask with the operator's token, on the machine of " +
          "the app."
      )
      assert.strictEqual(code, 1)
    }))

  it.effect("says which token cannot be read", () =>
    Effect.gen(function*() {
      const { data, file } = yield* app
      const path = join(data, "secrets/control-read")
      rmSync(path)
      const { code, err } = yield* run("status", "--config", file)
      assert.strictEqual(
        err,
        `heptad: the token ${path} cannot be read: NotFound. Run heptad as the user of the app, or give --token-file.`
      )
      assert.strictEqual(code, 1)
    }))

  it.effect("says that nobody listens at an address, with exit code 69", () =>
    Effect.gen(function*() {
      const { data } = yield* app
      const { code, err } = yield* run(
        "status",
        "--url",
        "http://127.0.0.1:1",
        "--token-file",
        `${data}/secrets/control-read`
      )
      assert.include(err, "heptad: http://127.0.0.1:1 does not answer: connect ECONNREFUSED 127.0.0.1:1. ")
      assert.strictEqual(code, 69)
    }))
})

/** Whatever listens there. */
const stranger = (status: number, body: string, headers: Readonly<Record<string, string>> = {}) =>
  Effect.acquireRelease(
    Effect.callback<{ readonly url: string; readonly asked: Array<string | undefined>; readonly close: () => void }>(
      (resume) => {
        const asked: Array<string | undefined> = []
        const server = createServer((request, response) => {
          asked.push(request.headers.authorization)
          response.writeHead(status, headers).end(body)
        })
        server.listen(0, "127.0.0.1", () => {
          const address = server.address()
          const port = address === null || typeof address === "string" ? 0 : address.port
          resume(Effect.succeed({ url: `http://127.0.0.1:${port}`, asked, close: () => void server.close() }))
        })
      }
    ),
    ({ close }) => Effect.sync(close)
  )

describe("something else at the address", () => {
  const token = Effect.map(folder, (path) => {
    writeFileSync(join(path, "token"), "secret")
    return join(path, "token")
  })

  it.effect("says that an answer is no JSON", () =>
    Effect.gen(function*() {
      const { url } = yield* stranger(200, "<html>")
      const { code, err } = yield* run("status", "--url", url, "--token-file", yield* token)
      assert.strictEqual(
        err,
        "heptad: the answer to status was not understood: it is no JSON. Use the heptad of the app's version."
      )
      assert.strictEqual(code, 1)
    }))

  it.effect("says that an answer has another shape", () =>
    Effect.gen(function*() {
      const { url } = yield* stranger(200, "{\"phase\":7}")
      const { code, err } = yield* run("status", "--url", url, "--token-file", yield* token)
      assert.match(err, /^heptad: the answer to status was not understood: .*phase/)
      assert.strictEqual(code, 1)
    }))

  it.effect("carries the token to no other address", () =>
    Effect.gen(function*() {
      const other = yield* stranger(200, "{}")
      const { url } = yield* stranger(302, "", { location: `${other.url}/control/status` })
      const { code, err } = yield* run("status", "--url", url, "--token-file", yield* token)
      assert.strictEqual(err, "heptad: status was refused (302): HTTP 302.")
      assert.deepStrictEqual([code, other.asked], [1, []])
    }))
})

describe("logs", () => {
  it.effect("shows one line a record, without what a terminal would obey", () =>
    Effect.gen(function*() {
      const { file } = yield* app
      const { code, err, out } = yield* run("logs", "--config", file)
      assert.deepStrictEqual(out.split("\n"), [
        "2026-11-23T09:42:00.123Z INFO  [network] listening port=8080",
        "2026-11-23T09:42:01.000Z ERROR broken\\u001b[31m (TypeError: x is no function)"
      ])
      assert.strictEqual(
        err,
        "Below warn, records are kept only while somebody asks: heptad logs -f shows all from now on."
      )
      assert.strictEqual(code, 0)
    }))

  it.effect("filters where the records are, and gives programs a JSON document a line", () =>
    Effect.gen(function*() {
      const { file } = yield* app
      const { out } = yield* run("logs", "--plugin", "network", "--json", "--config", file)
      assert.deepStrictEqual(out.split("\n").map((line) => JSON.parse(line).message), ["listening"])
    }))
})

describe("log-level", () => {
  it.effect("lists all levels, or the one of a logger", () =>
    Effect.gen(function*() {
      const { file } = yield* app
      assert.strictEqual(
        (yield* run("log-level", "--config", file)).out,
        "logger   level\ndefault  info\nnetwork  debug"
      )
      assert.strictEqual((yield* run("log-level", "orders", "--config", file)).out, "logger  level\norders  info")
    }))

  it.effect("changes one for a while, and tries it without changing", () =>
    Effect.gen(function*() {
      const { file } = yield* app
      const args = ["log-level", "network", "debug", "--for", "10m", "--config", file]
      assert.strictEqual((yield* run(...args)).out, "network: info -> debug, until 2026-11-23T10:00:00Z")
      assert.strictEqual(
        (yield* run(...args, "--dry-run")).out,
        "network: info -> debug, until 2026-11-23T10:00:00Z (dry run: nothing was changed)"
      )
    }))

  it.effect("takes a level or a time that is none for a usage error", () =>
    Effect.gen(function*() {
      assert.strictEqual((yield* run("log-level", "network", "loud")).code, 2)
      assert.strictEqual((yield* run("log-level", "network", "debug", "--for", "10")).code, 2)
      assert.strictEqual((yield* run("log-level", "--for", "10m")).code, 2)
    }))
})

describe("config of a running app", () => {
  it.effect("previews, reloads, lists what waits for a restart, and goes back", () =>
    Effect.gen(function*() {
      const { file, folder } = yield* app
      const unchanged = yield* run("config", "reload", "--config", file)
      assert.deepStrictEqual([unchanged.out, unchanged.err], ["", "Nothing changed: version 1 of the settings stays."])

      settingsFile(folder, { fixture: { colour: "red", size: 2 } })
      const lines = (origins: ReadonlyArray<string>) => [
        `fixture.colour: green -> red (${origins[0]}), applied in place`,
        `fixture.size: 1 -> 2 (${origins[1]}), needs a restart of fixture`
      ]
      const places = /\((.*?)\)/g
      const preview = yield* run("config", "reload", "--dry-run", "--config", file)
      const origins = [...preview.out.matchAll(places)].map(([, origin]) => origin ?? "")
      assert.deepStrictEqual(preview.out.split("\n"), lines(origins))
      assert.isTrue(origins.every((origin) => origin.startsWith(`${file}:1:`)))
      assert.strictEqual(preview.err, "Dry run: nothing was changed.")

      const reloaded = yield* run("config", "reload", "--config", file)
      assert.deepStrictEqual(reloaded.out.split("\n"), lines(origins))
      assert.strictEqual(reloaded.err, "Version 2 of the settings is in force.")

      assert.strictEqual((yield* run("config", "pending", "--config", file)).out, lines(origins)[1])
      const history = (yield* run("config", "history", "--config", file)).out.split("\n")
      assert.match(history[0] ?? "", /^version  since +reason +changed$/)
      assert.match(history[1] ?? "", /^2 +\S+Z +reload: an operator +fixture.colour, fixture.size$/)
      assert.match(history[2] ?? "", /^1 +\S+Z +start$/)

      assert.strictEqual(
        (yield* run("config", "rollback", "--dry-run", "--config", file)).out,
        "Would go back to version 1."
      )
      const back = yield* run("config", "rollback", "--config", file)
      assert.include(back.out, "fixture.colour: red -> green (default), applied in place")
      assert.strictEqual(
        back.err,
        "Version 3 of the settings is in force (rollback to 1). The files still say otherwise."
      )
      assert.strictEqual((yield* run("config", "pending", "--config", file)).err, "Nothing waits for a restart.")
    }))

  it.effect("leaves the settings as they are when a file is at fault, and says why", () =>
    Effect.gen(function*() {
      const { file, folder } = yield* app
      settingsFile(folder, { fixture: { colour: 7 } })
      const { code, err } = yield* run("config", "reload", "--config", file)
      assert.match(err, /^heptad: reload was refused \(422\): .*fixture\.colour: expected string, got 7/)
      assert.strictEqual(code, 1)
      const versions = JSON.parse((yield* run("config", "history", "--json", "--config", file)).out)
      assert.strictEqual(versions.length, 1)
    }))

  it.effect("refuses to go back to a version that is not kept", () =>
    Effect.gen(function*() {
      const { file } = yield* app
      const { code, err } = yield* run("config", "rollback", "7", "--config", file)
      assert.match(err, /^heptad: rollback was refused \(409\): There is no version 7 of the settings to go back to\./)
      assert.strictEqual(code, 1)
    }))
})

describe("drain", () => {
  it.effect("tells what a stop may take and asks for none in a dry run", () =>
    Effect.gen(function*() {
      const { file } = yield* app
      const { code, err, out } = yield* run("drain", "--dry-run", "--config", file)
      assert.deepStrictEqual(out.split("\n"), [
        "step       at most",
        "lame_duck  0 ms",
        "accept     20 s",
        "requests   20 s",
        "jobs       20 s",
        "close      40 s",
        "",
        "The stop may take 1 min 40 s."
      ])
      assert.deepStrictEqual([code, err], [0, "Dry run: nothing was asked of the app."])
      assert.strictEqual((yield* run("status", "--config", file)).out.split("\n")[0], "Serving.")
    }))
})
