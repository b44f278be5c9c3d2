import { assert, describe, it } from "@effect/vitest"
import { Kernel } from "@heptad/kernel"
import * as CliError from "effect/cli/CliError"
import * as Effect from "effect/Effect"
import { compose, within } from "../src/composition/compose.ts"
import { folder, monolith, target, write } from "./verbs.ts"

const names = (plugins: ReadonlyArray<{ readonly name: string }>) => plugins.map(({ name }) => name)

/** The reasons why this does not start, without the folder. */
const reasons = Effect.fnUntraced(function*(yaml: string, app = target) {
  const root = yield* folder
  write(root, { "a.yaml": yaml })
  const composition = yield* compose("start", app([`${root}/a.yaml`]))
  const error = yield* Effect.flip(within(composition)(Kernel.plan(composition.plugins)))
  return error.reasons.map(({ message }) => message.replaceAll(`${root}/`, ""))
})

describe("the plugins of an app", () => {
  it.effect("are all of the monolith where the settings do not say", () =>
    Effect.gen(function*() {
      const { plugins } = yield* compose("start", monolith([]))
      assert.sameMembers(names(plugins), [
        ...["common", "thread", "container", "logger", "monitoring", "database", "network"],
        ...["accounts", "orders"]
      ])
    }))

  it.effect("are exactly those that the settings name", () =>
    Effect.gen(function*() {
      const set = ["deployment.systems=[common, thread, logger]"]
      assert.deepStrictEqual(names((yield* compose("start", target([], set))).plugins), ["common", "thread", "logger"])
      const bare = yield* compose("start", monolith([], [...set, "deployment.applications=[]"]))
      assert.deepStrictEqual(names(bare.plugins), ["common", "thread", "logger"])
    }))

  it.effect("come from the app for the list that the settings do not have", () =>
    Effect.gen(function*() {
      const { plugins } = yield* compose("start", monolith([], ["deployment.systems=[common, thread]"]))
      assert.deepStrictEqual(names(plugins), ["common", "thread", "accounts", "orders"])
    }))

  it.effect("must come from somewhere", () =>
    Effect.gen(function*() {
      const error = yield* Effect.flip(compose("start", target([])))
      assert.isTrue(CliError.isCliError(error))
      assert.deepStrictEqual("errors" in error ? error.errors.map(({ message }) => message) : [], [
        "Name an app, for example: heptad start monolith. Or give settings that name their plugins under deployment.systems: heptad start --config <file>"
      ])
    }))
})

describe("names at fault", () => {
  it.effect("are told with their place and the nearest name, and nothing follows from them", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* reasons([
          "deployment:",
          "  systems: [common, thred, logger, database, network, databse, orders]",
          "  applications:",
          "    - accounts",
          "    - billing",
          "    - ordrs",
          "    - logger"
        ].join("\n")),
        [
          `a.yaml:2:21: deployment.systems: there is no system "thred", did you mean "thread"?`,
          `a.yaml:2:55: deployment.systems: there is no system "databse", did you mean "database"?`,
          `a.yaml:2:64: deployment.systems: "orders" is no system; write it under deployment.applications`,
          `a.yaml:5:7: deployment.applications: there is no application "billing"; there are: accounts, orders`,
          `a.yaml:6:7: deployment.applications: there is no application "ordrs", did you mean "orders"?`,
          `a.yaml:7:7: deployment.applications: "logger" is no application; write it under deployment.systems`
        ]
      )
    }))

  it.effect("are told when they stand twice, and when none is left", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* reasons("deployment: { systems: [common, thread, common] }"), [
        `a.yaml:1:41: deployment.systems: "common" is named twice`
      ])
      assert.deepStrictEqual(yield* reasons("deployment: { systems: [], applications: [] }"), [
        "a.yaml:1:15: deployment.systems: names no plugin to start"
      ])
    }))

  it.effect("of npm packages are refused before anything of them is looked for", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* reasons(
          `deployment: { systems: [common], applications: ["@acme/billing@^1.2.0", { package: tax, range: 1.x }] }`
        ),
        [
          `a.yaml:1:49: deployment.applications: "@acme/billing" is not allowed: its code would run with all rights of the app. If you trust it, add "@acme/billing" to deployment.allowed_packages`,
          `a.yaml:1:73: deployment.applications: "tax" is not allowed: its code would run with all rights of the app. If you trust it, add "tax" to deployment.allowed_packages`
        ]
      )
    }))

  it.effect("stand beside the faults of the settings in one answer", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(
        yield* reasons("deployment: { systems: [comon, 7], replica: 3 }\ncommon: { data_dirr: x }\n", monolith),
        [
          `a.yaml:1:36: deployment.replica: unknown key, did you mean "replicas"?`,
          `a.yaml:1:32: deployment.systems.1: expected the name of a plugin, or of a package with a version range, got 7`,
          `a.yaml:2:11: common.data_dirr: unknown key, did you mean "data_dir"?`
        ]
      )
    }))
})

describe("a list that cannot be read", () => {
  it.effect("is the only fault", () =>
    Effect.gen(function*() {
      assert.deepStrictEqual(yield* reasons("deployment: { systems: all }\nthread: { pool_size: 3 }\n"), [
        "a.yaml:1:15: deployment.systems: expected array, got \"all\""
      ])
    }))
})

describe("what is missing", () => {
  it.effect("is told with the setting that adds it", () =>
    Effect.gen(function*() {
      const yaml = "deployment: { systems: [common, thread, network], applications: [orders] }"
      assert.deepStrictEqual(yield* reasons(yaml), [
        `"orders" requires the contract "database", which no plugin of this app keeps. Add "database" to deployment.systems.`,
        `"orders" requires the contract "permissions", which no plugin of this app keeps. Add "accounts" to deployment.applications.`
      ])
    }))
})

it.effect("a section of a plugin that does not start here is told and is no fault", () =>
  Effect.gen(function*() {
    const root = yield* folder
    write(root, { "a.yaml": "deployment: { systems: [common] }\ndatabase: { anything: 1 }\norders: {}\n" })
    const composition = yield* compose("plan", target([`${root}/a.yaml`]))
    const { advice } = yield* within(composition)(Kernel.plan(composition.plugins))
    assert.deepStrictEqual(advice.map(({ kind, message }) => [kind, message.replaceAll(`${root}/`, "")]), [
      [
        "not-applied",
        `settings not applied: database (a.yaml:2:1): the plugin does not start here; add "database" to deployment.systems`
      ],
      [
        "not-applied",
        `settings not applied: orders (a.yaml:3:1): the plugin does not start here; add "orders" to deployment.applications`
      ]
    ])
  }))

it.effect("a choice that went wrong refuses a reload, too: the source tells it whenever it is read", () =>
  Effect.gen(function*() {
    const root = yield* folder
    write(root, { "a.yaml": "deployment: { systems: [common] }\n" })
    const composition = yield* compose("start", target([`${root}/a.yaml`]))
    assert.deepStrictEqual((yield* composition.source.read(composition.plugins)).faults, [])
    write(root, { "a.yaml": "deployment: { systems: [comon] }\n" })
    const { faults } = yield* composition.source.read(composition.plugins)
    assert.deepStrictEqual(faults.map(({ message }) => message.replaceAll(`${root}/`, "")), [
      `a.yaml:1:25: deployment.systems: there is no system "comon", did you mean "common"?`
    ])
  }))
