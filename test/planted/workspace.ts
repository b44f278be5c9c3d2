/**
 * A small tree with the folders of this repository, in which a rule can be broken on purpose. It has its own packages under
 * the real names, and the real third-party packages and rule files.
 */
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"

export const root = join(import.meta.dirname, "..", "..")

const packages = {
  kernel: "kernel",
  common: "plugins/common",
  thread: "plugins/thread",
  container: "plugins/container",
  database: "plugins/database",
  network: "plugins/network",
  orders: "apps/orders",
  accounts: "apps/accounts",
  monolith: "apps/monolith"
}

const manifest = (name: string) => ({
  name: `@heptad/${name}`,
  type: "module",
  exports: { ".": "./src/index.ts", "./plugin": "./src/plugin.ts", "./testing": "./src/testing.ts" }
})

const write = (folder: string, file: string, content: string): void => {
  mkdirSync(dirname(join(folder, file)), { recursive: true })
  writeFileSync(join(folder, file), content)
}

/** Every installed package but ours. */
export const linkThirdParty = (folder: string): void => {
  mkdirSync(join(folder, "node_modules", "@heptad"), { recursive: true })
  const installed = readdirSync(join(root, "node_modules")).filter((name) => name !== "@heptad" && name !== ".bin")
  for (const name of installed) symlinkSync(join(root, "node_modules", name), join(folder, "node_modules", name))
}

/** Writes the tree with these files in it, uses it, and takes it away. */
export const withPlanted = <A>(
  files: ReadonlyArray<readonly [file: string, content: string]>,
  use: (folder: string) => A
): A => {
  const folder = mkdtempSync(join(tmpdir(), "heptad-planted-"))
  try {
    linkThirdParty(folder)
    for (const name of [".oxlintrc.json", "tsconfig.json"]) cpSync(join(root, name), join(folder, name))
    write(folder, "package.json", JSON.stringify({ type: "module" }))
    for (const [name, place] of Object.entries(packages)) {
      write(folder, `${place}/package.json`, JSON.stringify(manifest(name)))
      for (const face of ["index", "plugin", "testing"]) {
        write(folder, `${place}/src/${face}.ts`, "export const face = 1\n")
      }
      symlinkSync(join(folder, place), join(folder, "node_modules", "@heptad", name))
    }
    for (const [file, content] of files) write(folder, file, content)
    return use(folder)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}
