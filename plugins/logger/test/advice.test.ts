import { LoggerPlugin } from "@heptad/logger/plugin"
import * as Exit from "effect/Exit"
import { expect, it } from "vitest"

const told = (section: unknown) =>
  Exit.map(LoggerPlugin.prepare(section, "error"), ({ advice }) => advice.map(({ message }) => message))

it("tells that nothing is written to syslog, and that a rotation without a size never happens", () => {
  const sinks = [{ type: "syslog" }, { type: "file", path: "a.log", rotation: { max_files: 3, compress: true } }]
  expect(told({ sinks })).toEqual(Exit.succeed([
    "setting not applied: logger.sinks.0: this version does not write to syslog; use a console or file sink",
    "setting not applied: logger.sinks.1.rotation: the file is never rotated without max_size; set it"
  ]))
})

it("tells that overflow_policy wins over drop_on_overflow where they differ", () => {
  const both = (overflow_policy: string, drop_on_overflow: boolean) =>
    told({ async: { overflow_policy }, performance: { drop_on_overflow } })
  expect(both("block", true)).toEqual(
    Exit.succeed(["logger.performance.drop_on_overflow is true, but logger.async.overflow_policy wins: block"])
  )
  expect(both("drop", false)).toEqual(
    Exit.succeed(["logger.performance.drop_on_overflow is false, but logger.async.overflow_policy wins: drop"])
  )
  expect(both("drop", true)).toEqual(Exit.succeed([]))
  expect(told({ performance: { drop_on_overflow: false } })).toEqual(Exit.succeed([]))
})
