import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import { Answered } from "../src/Answered.ts"
import { run as diff } from "../src/config/runDiff.ts"
import { run as env } from "../src/config/runEnv.ts"
import { run as explain } from "../src/config/runExplain.ts"
import { run as schema } from "../src/config/runSchema.ts"
import { run as show } from "../src/config/runShow.ts"
import { folder, output, write } from "./verbs.ts"

const given = (set: ReadonlyArray<string>, config: ReadonlyArray<string> = []) => ({ config, set })

const shown = (section: string | undefined, more: Partial<Parameters<typeof show>[0]>) =>
  output(
    show({
      ...given([]),
      section: Option.fromNullishOr(section),
      defaults: false,
      written: false,
      json: false,
      ...more
    })
  )

describe("config show", () => {
  it.effect("shows values with their origins, and the secret ones not", () =>
    Effect.gen(function*() {
      const set = ["network.auth.jwt.secret=a secret of more than thirty-two bytes", "network.auth.jwt.ttl=2h"]
      const { out } = yield* shown("network.auth.jwt", given(set))
      const lines = out.split("\n").map((line) => line.split(/ {2,}/))
      assert.deepInclude(lines, ["network.auth.jwt.secret", "<secret>", "--set network.auth.jwt.secret"])
      assert.deepInclude(lines, ["network.auth.jwt.ttl", "2h", "--set network.auth.jwt.ttl"])
      assert.deepInclude(lines, ["network.auth.jwt.leeway", "5s", "default"])
      const json = yield* shown("network.auth.jwt", { ...given(set), json: true })
      assert.notInclude(json.out, "thirty-two")
      assert.deepStrictEqual(JSON.parse(json.out)[0], {
        key: "network.auth.jwt.secret",
        plugin: "network",
        value: "<secret>",
        origin: "--set network.auth.jwt.secret",
        secret: true,
        reloadable: JSON.parse(json.out)[0].reloadable
      })
    }))

  it.effect("shows what somebody wrote, or what nobody wrote", () =>
    Effect.gen(function*() {
      const set = given(["thread.pool_size=3"])
      assert.strictEqual(
        (yield* shown(undefined, { ...set, written: true })).out,
        "thread.pool_size  3  --set thread.pool_size"
      )
      assert.notInclude((yield* shown("thread", { ...set, defaults: true })).out, "pool_size")
      assert.isDefined((yield* shown("thread", { ...set, defaults: true, written: true })).failure)
    }))

  it.effect("names the nearest section for an unknown one", () =>
    Effect.gen(function*() {
      const { err, failure } = yield* shown("netwrk.tcp", {})
      assert.strictEqual(err, `heptad: there is no setting "netwrk.tcp"; did you mean "network.tcp"?`)
      assert.deepStrictEqual(failure, new Answered({ exitCode: 1 }))
    }))

  it.effect("shows nothing of settings at fault but the faults", () =>
    Effect.gen(function*() {
      const { err, failure, out } = yield* shown("thread", given(["thread.pool_size=many"]))
      assert.deepStrictEqual(failure, new Answered({ exitCode: 78 }))
      assert.strictEqual(out, "")
      assert.include(err, "--set thread.pool_size: thread.pool_size: expected")
    }))
})

describe("config explain", () => {
  const explained = (key: string, set: ReadonlyArray<string> = [], json = false) =>
    output(explain({ ...given(set), key, json }))

  it.effect("tells all that there is to know, sizes in bytes", () =>
    Effect.gen(function*() {
      const { out } = yield* explained("network.auth.jwt.max_token_size", ["network.auth.jwt.max_token_size=2KB"])
      assert.deepStrictEqual(
        out.split("\n").map((line) => line.trim()).filter((line) => !line.startsWith("reloadable")),
        [
          "network.auth.jwt.max_token_size",
          "Larger tokens are refused unread.",
          "value        2KB = 2048 bytes (--set network.auth.jwt.max_token_size)",
          "default      4KB = 4096 bytes",
          "type         size",
          "unit         bytes",
          "environment  UNIFIED_NETWORK_AUTH_JWT_MAX_TOKEN_SIZE",
          "applied      yes"
        ]
      )
    }))

  it.effect("says why a setting is not applied", () =>
    Effect.gen(function*() {
      const { out } = yield* explained("common.result_type.copy_elision")
      assert.include(out, "applied      no: JavaScript passes references: there is nothing to move or to elide")
      assert.include(out, "value        not set\n")
    }))

  it.effect("helps also where what is written is wrong", () =>
    Effect.gen(function*() {
      const { out } = yield* explained("thread.pool_size", ["thread.pool_size=many"])
      assert.include(out, "value        many (--set thread.pool_size)")
      assert.include(out, "type         auto or whole number between 1 and 1024")
    }))

  it.effect("explains every setting of a group, and shows no secret", () =>
    Effect.gen(function*() {
      const { out } = yield* explained("network.auth.jwt", ["network.auth.jwt.secret=hunter2"], true)
      const keys = JSON.parse(out).map(({ key }: { readonly key: string }) => key)
      assert.include(keys, "network.auth.jwt.secret")
      assert.include(keys, "network.auth.jwt.ttl")
      assert.notInclude(out, "hunter2")
    }))

  it.effect("names the nearest key for an unknown one", () =>
    Effect.gen(function*() {
      const { err, failure } = yield* explained("thread.pool_sise")
      assert.strictEqual(err, `heptad: there is no setting "thread.pool_sise"; did you mean "thread.pool_size"?`)
      assert.deepStrictEqual(failure, new Answered({ exitCode: 1 }))
    }))
})

it.effect("config env lists the names of every setting and whether they are set, never what they hold", () =>
  Effect.gen(function*() {
    const before = process.env["DB_PASSWORD"]
    process.env["DB_PASSWORD"] = "hunter2"
    const { out } = yield* Effect.ensuring(
      output(env({ ...given([]), json: true })),
      Effect.sync(() => {
        if (before === undefined) delete process.env["DB_PASSWORD"]
        else process.env["DB_PASSWORD"] = before
      })
    )
    assert.notInclude(out, "hunter2")
    const variables = JSON.parse(out)
    const named = (name: string) => variables.find((each: { readonly name: string }) => each.name === name)
    assert.deepStrictEqual(named("DB_PASSWORD"), {
      name: "DB_PASSWORD",
      key: "database.connections.primary.password",
      kind: "canonical",
      set: true,
      by: "DB_PASSWORD"
    })
    assert.deepStrictEqual(named("KCENON_THREAD_POOL_SIZE"), {
      name: "KCENON_THREAD_POOL_SIZE",
      key: "thread.pool_size",
      kind: "alias",
      set: false
    })
  }))

it.effect("config schema is the JSON Schema of what the composition reads", () =>
  Effect.gen(function*() {
    const { out } = yield* output(schema(given(["deployment.systems=[common, thread]", "deployment.applications=[]"])))
    const { $schema, additionalProperties, properties } = JSON.parse(out)
    assert.strictEqual($schema, "https://json-schema.org/draft/2020-12/schema")
    assert.isFalse(additionalProperties)
    assert.includeMembers(Object.keys(properties), ["common", "thread", "deployment"])
    assert.notInclude(Object.keys(properties), "logger")
  }))

describe("config diff", () => {
  const differing = Effect.fnUntraced(function*(before: string, after: string) {
    const root = yield* folder
    write(root, { "a.yaml": before, "b.yaml": after })
    return (yield* output(diff({ before: `${root}/a.yaml`, after: `${root}/b.yaml`, json: false }))).out
  })

  it.effect("tells key, effect, plugin and values", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* differing("thread: { pool_size: 2 }", "thread: { pool_size: 3 }"),
        "thread.pool_size  restart  thread  2 -> 3"
      )
    }))

  it.effect("says so when there is none, however it is written", () =>
    Effect.gen(function*() {
      assert.strictEqual(yield* differing("thread: { pool_size: auto }", "{}"), "No difference.")
    }))
})
