import { assert, describe, it } from "@effect/vitest"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import * as Exit from "effect/Exit"
import * as Option from "effect/Option"

const adviceFor = (section: object) =>
  Option.getOrThrow(Exit.getSuccess(MonitoringPlugin.prepare(section, "error"))).advice.map((
    { keys, kind, message }
  ) => [kind, message, ...keys])

describe("what monitoring says about the settings of the control API", () => {
  it("nothing, as long as it is where everybody expects it", () => {
    for (const bind_address of ["127.0.0.1", "0.0.0.0", "::", "::1", "localhost"]) {
      assert.deepStrictEqual(adviceFor({ health: { bind_address } }), [])
    }
    assert.deepStrictEqual(adviceFor({ health: { enabled: false }, control: { enabled: false } }), [])
  })

  it("that it has no port without the health port", () =>
    assert.deepStrictEqual(adviceFor({ health: { enabled: false } }), [[
      "not-applied",
      "setting not applied: monitoring.control.enabled: monitoring.health.enabled is false, and the control API is served " +
      "on that port",
      "monitoring.control.enabled"
    ]]))

  it("that nobody can reach it on an address that has no loopback", () =>
    assert.deepStrictEqual(adviceFor({ health: { bind_address: "10.0.0.7" } }), [[
      "not-applied",
      "setting not applied: monitoring.control.enabled: the control API serves loopback peers only, and " +
      "monitoring.health.bind_address is 10.0.0.7. Bind to 0.0.0.0, or set monitoring.control.allow_remote",
      "monitoring.control.enabled"
    ]]))

  it("what it means to let others in", () =>
    assert.deepStrictEqual(adviceFor({ health: { bind_address: "0.0.0.0" }, control: { allow_remote: true } }), [[
      "hint",
      "monitoring.control.allow_remote is on: whoever reaches 0.0.0.0 with the operator's token can stop the app, and the " +
      "token travels unencrypted. Let only a trusted network reach that port.",
      "monitoring.control.allow_remote",
      "monitoring.health.bind_address"
    ]]))
})
