/** What the doctor says about machines that the tests do not run on. */
import { InvalidSetting, KernelError } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import { mkdtempSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { expect, it } from "vitest"
import { disk, folder } from "../src/doctor/dataDirectory.ts"
import { fault, ok, warn } from "../src/doctor/Finding.ts"
import { backlog, inotify, openFiles, openFilesOf } from "../src/doctor/limits.ts"
import * as machine from "../src/doctor/machine.ts"
import { node } from "../src/doctor/node.ts"
import { installed, oneEffect } from "../src/doctor/packages.ts"
import { cpus, memory } from "../src/doctor/resources.ts"
import { advice, faults } from "../src/doctor/settings.ts"

const MiB = 1024 ** 2

it("reads the limit of open files as Linux tells it", () => {
  const text = (soft: string) =>
    `Limit                     Soft Limit           Hard Limit           Units\nMax open files            ${soft}  524288  files`
  expect(openFilesOf(text("1024"))).toBe(1024)
  expect(openFilesOf(text("unlimited"))).toBe(Number.POSITIVE_INFINITY)
  expect(openFilesOf("")).toBeUndefined()
})

it.each([
  [node("26.10.0", ">=22.19"), ok("Node", "26.10.0 (needs >=22.19)")],
  [node("22.18.0", ">=22.19"), fault("Node", "22.18.0 does not fit >=22.19. Install a Node of that range.")],
  [openFiles(undefined, 10), ok("open files", "this platform does not tell its limit")],
  [openFiles(20_000, 10_000), ok("open files", "20000 for 10000 connections")],
  [
    openFiles(1024, 10_000),
    warn(
      "open files",
      "the limit of 1024 open files is below network.tcp.max_connections (10000) and what else the app opens. Raise it to " +
        "10256 or more (ulimit -n, LimitNOFILE=), or lower the setting."
    )
  ],
  [backlog(4096, 1024), ok("listen backlog", "1024 of 4096")],
  [
    backlog(128, 1024),
    warn(
      "listen backlog",
      "net.core.somaxconn is 128, so the backlog of 1024 (network.tcp.backlog) is cut to it. Raise it: " +
        "sysctl -w net.core.somaxconn=1024."
    )
  ],
  [inotify(128, 65_536), ok("file watches", "128 instances, 65536 watches for this user")],
  [
    inotify(4, 65_536),
    warn(
      "file watches",
      "4 instances, 65536 watches for this user are few: changed settings may go unnoticed. Raise " +
        "fs.inotify.max_user_instances to 128 and fs.inotify.max_user_watches to 8192, or send SIGHUP after a change."
    )
  ],
  [cpus(2, 8, "auto", 2), ok("CPUs", "2 of 8 (control group); thread.pool_size auto is 2")],
  [
    cpus(2, 2, 64, 2),
    warn("CPUs", "2, and thread.pool_size is 64: threads wait for each other. Set it to auto (2).")
  ],
  [memory(undefined, 4096 * MiB), ok("memory", "no limit; V8 may use 4096 MiB")],
  [memory(1024 * MiB, 512 * MiB), ok("memory", "1024 MiB; V8 may use 512 MiB")],
  [
    memory(512 * MiB, 500 * MiB),
    warn(
      "memory",
      "the control group grants 512 MiB, and V8 may use 500 MiB of it: the process would be killed before it collects " +
        "garbage. Set NODE_OPTIONS=--max-old-space-size=409, or grant more."
    )
  ],
  [folder({ path: "/data", mode: 0o40700, writable: true, freeBytes: 0 }), ok("data directory", "/data")],
  [
    folder({ path: "/data", mode: 0o40755, writable: true, freeBytes: 0 }),
    warn(
      "data directory",
      "/data is open to other users (mode 755), and secrets lie in it. Run: chmod 700 /data"
    )
  ],
  [
    folder({ path: "/data", mode: undefined, writable: false, freeBytes: 0 }),
    fault(
      "data directory",
      "/data cannot be written by this user. Give it write access, or set HEPTAD_DATA_DIR to another one."
    )
  ],
  [
    disk({ path: "/data", mode: 0, writable: true, freeBytes: 50 * MiB }),
    fault("disk space", "only 50 MiB free at /data. Make room, or set HEPTAD_DATA_DIR to another disk.")
  ],
  [
    disk({ path: "/data", mode: 0, writable: true, freeBytes: 500 * MiB }),
    warn("disk space", "only 500 MiB free at /data. Make room, or set HEPTAD_DATA_DIR to another disk.")
  ],
  [oneEffect([{ name: "a", effect: "/e" }, { name: "b", effect: "/e" }]), ok("one effect", "/e")],
  [
    oneEffect([{ name: "a", effect: "/e" }, { name: "b", effect: "/b/e" }, { name: "c", effect: undefined }]),
    fault(
      "one effect",
      "2 copies of effect: /e (a); /b/e (b). Install one version for all: npm dedupe, or npm why effect shows who asks."
    )
  ]
])("finds %j", (found, expected) => {
  expect(found).toEqual(expected)
})

it("tells every fault of the settings, else every advice with its weight", () => {
  const invalid = new InvalidSetting({ key: "a.b", origin: "a.yaml:1:1", problem: "unknown key" })
  expect(faults(new KernelError({ reasons: [invalid] }))).toEqual([fault("settings", "a.yaml:1:1: a.b: unknown key")])
  expect(advice({ advice: [] })).toEqual([ok("settings", "no fault, no contradiction, every key is applied")])
  const given = [
    { kind: "not-applied", keys: ["a"], message: "no effect" },
    { kind: "hint", keys: ["b"], message: "a thought" }
  ] as const
  expect(advice({ advice: given })).toEqual([warn("settings", "no effect"), ok("settings", "a thought")])
})

it("sees a data directory that is not there yet through the folder that will hold it", () => {
  const parent = mkdtempSync(join(tmpdir(), "heptad-doctor-"))
  expect(machine.folder(join(parent, "a/b"))).toMatchObject({ mode: undefined, writable: true })
  expect(machine.folder(parent).freeBytes).toBeGreaterThan(0)
  rmSync(parent, { recursive: true })
  expect(machine.folder(parent).mode).toBeUndefined()
})

it("finds the packages of this installation and their one Effect", () => {
  const packages = installed(plugins)
  expect(packages.map(({ name }) => name)).toEqual(expect.arrayContaining(["@heptad/cli", "@heptad/kernel", "effect"]))
  expect(oneEffect(packages).verdict).toBe("ok")
})
