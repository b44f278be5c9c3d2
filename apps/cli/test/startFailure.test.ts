import { ErrorCode } from "@heptad/common"
import { InvalidSetting, KernelError, MissingPlugin, PluginFailed } from "@heptad/kernel"
import { PortTaken } from "@heptad/network"
import { expect, it } from "vitest"
import { text } from "../src/startFailure.ts"

const unknown = (key: string) => new InvalidSetting({ key, origin: "a.yaml:1:1", problem: "unknown key" })
const taken = new PortTaken({ host: "127.0.0.1", port: 8080, setting: "network.tcp.port", env: "NETWORK_PORT" })

const onSettings =
  "  What to do: Correct the key at the place named; heptad config explain <key> says what it accepts, " +
  "heptad check tries again."

it("gives reasons in a row that have one remedy this remedy once, and names each tag once", () => {
  expect(text(new KernelError({ reasons: [unknown("a.b"), unknown("a.c")] })).split("\n")).toEqual([
    "heptad did not start (2 reasons):",
    "",
    "- a.yaml:1:1: a.b: unknown key",
    "- a.yaml:1:1: a.c: unknown key",
    onSettings,
    "",
    "More: heptad explain-error InvalidSetting"
  ])
})

it("adds nothing to a message that ends with what to do, and leads from a failed plugin to its own error", () => {
  expect(text(new KernelError({ reasons: [PluginFailed.of("network", taken)] })).split("\n")).toEqual([
    "heptad did not start (1 reason):",
    "",
    `- "network" did not start: network wants port 8080 on 127.0.0.1, but another process listens there. Stop that ` +
    "process, or choose a free port by network.tcp.port (environment NETWORK_PORT); 0 lets the system choose.",
    "",
    "More: heptad explain-error PortTaken"
  ])
})

it("tells what to do about a plugin that failed with the words of a library", () => {
  expect(
    text(new KernelError({ reasons: [PluginFailed.of("cache", new TypeError("x is not a function"))] })).split("\n")
  )
    .toEqual([
      "heptad did not start (1 reason):",
      "",
      `- "cache" did not start: x is not a function`,
      "  What to do: Read its last log lines at LOGGER_LEVEL=debug. If it only needs longer, raise " +
      "deployment.start_timeout; if the app can do without it, set deployment.plugins.<name>.on_failure to degrade.",
      "",
      "More: heptad explain-error PluginFailed"
    ])
})

it("adds nothing to a plugin that was late, which the kernel told with its advice", () => {
  const problem = "it was not ready within 1m. Look at its last log lines, or raise deployment.start_timeout."
  const late = new PluginFailed({ plugin: "cache", problem, exitCode: 69, cause: problem })
  expect(text(new KernelError({ reasons: [late] }))).not.toContain("What to do")
})

it("keeps the order of reasons of several kinds", () => {
  const missing = new MissingPlugin({ plugin: "orders", contract: "thread", package: "@heptad/thread" })
  const lines = text(new KernelError({ reasons: [missing, unknown("a.b"), PluginFailed.of("network", taken)] })).split(
    "\n"
  )
  expect(lines.slice(2).map((line) => line.slice(0, 14))).toEqual([
    `- "orders" req`,
    "- a.yaml:1:1: ",
    onSettings.slice(0, 14),
    `- "network" di`,
    "",
    "More: heptad e"
  ])
  expect(lines.at(-1)).toBe("More: heptad explain-error MissingPlugin InvalidSetting PortTaken")
})

it("knows the errors of plugins by their code, also when it has never seen them", () => {
  const strange = Object.assign(new Error("It is full. Empty it."), {
    _tag: "Full",
    errorCode: ErrorCode.of("thread.queue_full")
  })
  expect(text(new KernelError({ reasons: [PluginFailed.of("cache", strange)] })).split("\n").slice(2)).toEqual([
    `- "cache" did not start: It is full. Empty it.`,
    "",
    "More: heptad explain-error Full"
  ])
})
