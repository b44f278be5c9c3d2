import { describe, it } from "@effect/vitest"
import { expect } from "vitest"
import { autoSize, cpusOf, foldersOf, quotaOfCfs, quotaOfCpuMax } from "../src/internal/cgroup.ts"

describe("CPU quota", () => {
  it("reads cpu.max of control groups 2", () => {
    const contents = ["200000 100000\n", "50000 100000", "max 100000\n", "", "garbage", "0 100000"]
    expect(contents.map(quotaOfCpuMax)).toEqual([2, 0.5, undefined, undefined, undefined, undefined])
  })

  it("reads the two files of control groups 1", () => {
    expect(quotaOfCfs("150000\n", "100000\n")).toBe(1.5)
    expect(quotaOfCfs("-1\n", "100000\n")).toBe(undefined)
    expect(quotaOfCfs("", "")).toBe(undefined)
  })

  it("looks at the process's own folder and at every one above it", () => {
    expect(foldersOf("0::/kubepods/pod7/app\n", "")).toEqual(["/kubepods/pod7/app", "/kubepods/pod7", "/kubepods", ""])
    expect(foldersOf("0::/\n", "")).toEqual([""])
    expect(foldersOf("4:memory:/a\n3:cpu,cpuacct:/docker/x\n", "cpu")).toEqual(["/docker/x", "/docker", ""])
    expect(foldersOf("", "")).toEqual([""])
  })

  it("takes the smallest limit, rounded down, but never less than one CPU", () => {
    expect(cpusOf(16, [])).toBe(16)
    expect(cpusOf(16, [2.9, 8])).toBe(2)
    expect(cpusOf(2, [8])).toBe(2)
    expect(cpusOf(4, [0.5])).toBe(1)
  })

  it("multiplies by what the workload keeps busy", () => {
    expect([autoSize(3, "cpu"), autoSize(3, "io"), autoSize(3, "mixed"), autoSize(1, "mixed")]).toEqual([3, 6, 4, 1])
  })
})
