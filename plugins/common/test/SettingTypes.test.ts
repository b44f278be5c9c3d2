import { CommonConfig, SettingTypes } from "@heptad/common"
import * as Duration from "effect/Duration"
import * as Exit from "effect/Exit"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { describe, expect, it } from "vitest"

const read = <S extends Schema.ConstraintDecoder<unknown>>(type: S, input: unknown) => {
  const exit = Schema.decodeUnknownExit(type)(input)
  return Exit.isSuccess(exit) ? exit.value : "refused"
}

const millis = (input: unknown) => {
  const value = read(SettingTypes.Duration, input)
  return Duration.isDuration(value) ? Duration.toMillis(value) : value
}

describe("durations", () => {
  it.each([["100ms", 100], ["30s", 30_000], ["5m", 300_000], ["1h", 3_600_000], ["2d", 172_800_000], ["1.5s", 1500], [
    "0s",
    0
  ]])(
    "%s is %i ms",
    (text, expected) => expect(millis(text)).toBe(expected)
  )
  it.each(["30", 30, "30 s", "-1s", "1w", "s", "", true])("refuses %j", (text) => expect(millis(text)).toBe("refused"))
})

it.each([["10ms", "10 millis"], ["1h", "1 hour"], ["9ms", "refused"], ["0s", "refused"]] as const)(
  "the pause %s is %s",
  (text, expected) =>
    expect(read(SettingTypes.Pause, text)).toEqual(
      expected === "refused" ? expected : Duration.fromInputUnsafe(expected)
    )
)

it("nothing of common is repeated without a rest", () => {
  const flushing = (flush_interval: string) => ({ common: { error_handling: { error_registry: { flush_interval } } } })
  const section = Schema.Struct({ common: CommonConfig })
  expect(read(section, flushing("0s"))).toBe("refused")
  expect(read(section, flushing("1s"))).not.toBe("refused")
})

describe("sizes", () => {
  it.each([["4KB", 4096], ["4KiB", 4096], ["10MB", 10_485_760], ["1GB", 1_073_741_824], ["512", 512], [512, 512], [
    "1.5KB",
    1536
  ]])(
    "%s is %i bytes",
    (text, expected) => expect(read(SettingTypes.Bytes, text)).toBe(expected)
  )
  it.each(["4 KB", "4kb", "-1KB", "KB", -1, 1.5, true])(
    "refuses %j",
    (text) => expect(read(SettingTypes.Bytes, text)).toBe("refused")
  )
})

describe("rates", () => {
  it.each([[1000, 1000], [0.5, 0.5], ["1000", 1000], ["2.5/s", 2.5], ["30/m", 0.5], ["9/h", 0.0025]])(
    "%s is %f a second",
    (text, expected) => expect(read(SettingTypes.Rate, text)).toBe(expected)
  )
  it.each([0, -1, "0", "-1/m", "5/d", "5 / m", "m", "", true, 1e10, "1e3"])(
    "refuses %j",
    (text) => expect(read(SettingTypes.Rate, text)).toBe("refused")
  )
})

describe("CPU lists", () => {
  it.each<[unknown, unknown]>([
    [["0-3"], [[0, 1, 2, 3]]],
    ["0-2,8", [0, 1, 2, 8]],
    ["4", [4]],
    ["3-1", "refused"],
    ["a", "refused"],
    ["0-99999", "refused"]
  ])("%j is %j", (text, expected) => expect(read(SettingTypes.CpuList, text)).toEqual(expected))
})

it.each([["95%", 0.95], ["0%", 0], ["100%", 1], ["101%", "refused"], ["95", "refused"], [0.95, "refused"]])(
  "reads the percentage %j as %j",
  (text, expected) => expect(read(SettingTypes.Percent, text)).toBe(expected)
)

it.each([[8080, 8080], ["8080", 8080], [0, 0], [65536, "refused"], ["http", "refused"], [1.5, "refused"]])(
  "reads the port %j as %j",
  (text, expected) => expect(read(SettingTypes.Port, text)).toBe(expected)
)

it.each([["auto", "auto"], [4, 4], ["4", 4], [0, "refused"], ["many", "refused"]])(
  "reads auto or a number: %j is %j",
  (text, expected) => expect(read(SettingTypes.autoOr(1), text)).toBe(expected)
)

it.each([[true, true], ["false", false], ["yes", "refused"], [1, "refused"]])(
  "reads the switch %j as %j",
  (text, expected) => expect(read(SettingTypes.Boolean, text)).toBe(expected)
)

it.each<[unknown, unknown]>([[["a", "b"], ["a", "b"]], ["a, b", ["a", "b"]], ["", []], [[1], "refused"]])(
  "reads a list from YAML or from text: %j is %j",
  (text, expected) => expect(read(SettingTypes.list(Schema.String), text)).toEqual(expected)
)

it("hides a secret from the moment it is read", () => {
  const secret = read(SettingTypes.Secret, "hunter2")
  expect(String(secret)).toBe("<redacted>")
  expect(Redacted.isRedacted(secret) && Redacted.value(secret)).toBe("hunter2")
})
