import { expect, it } from "@effect/vitest"
import { execFile } from "node:child_process"
import { join } from "node:path"
import { promisify } from "node:util"

const here = (name: string) => join(import.meta.dirname, name)

it("the command starts before the peers are installed, because it installs them", async () => {
  const args = ["--conditions=source", "--import", here("fixtures/withoutPeers.ts"), here("../main.ts"), "--help"]
  const { stdout } = await promisify(execFile)(process.execPath, args)
  expect(stdout).toContain("database")
}, 60_000)
