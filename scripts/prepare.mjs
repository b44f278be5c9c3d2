/**
 * npm runs this after every install, with whatever Node the machine has (plain JavaScript for that reason).
 *
 * The Node that this project uses comes as an optional package per platform. npm 10 links its command into
 * node_modules/.bin and then removes the link again together with those of the other platforms; npm 11 leaves it. With
 * the link in place `npm run` and `npm exec` use that Node.
 */
import { spawnSync } from "node:child_process"
import { existsSync, symlinkSync } from "node:fs"
import { arch, platform } from "node:process"

const prefix = platform === "darwin" && arch === "arm64" ? "node-bin" : "node"
const binary = `${prefix}-${platform}-${arch}/bin/node`

if (existsSync(`node_modules/${binary}`) && !existsSync("node_modules/.bin/node")) {
  symlinkSync(`../${binary}`, "node_modules/.bin/node")
}

// Absent after an install without development packages, which needs no type checks.
if (existsSync("node_modules/.bin/effect-tsgo")) {
  const { status } = spawnSync("node_modules/.bin/effect-tsgo", ["patch"], { stdio: "inherit" })
  process.exitCode = status ?? 1
}
