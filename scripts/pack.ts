/**
 * Makes a tarball per package in .pack/tarballs from a copy, because what is published differs from what stands here: no
 * `source` condition and no `.ts` command (Node refuses to strip types below node_modules). Needs `npm run build`.
 */
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { run } from "./run.ts"
import { compiled, type Manifest, root, type Workspace, workspaces } from "./workspaces.ts"

const stage = ({ short }: Workspace): string => join(root, ".pack", "packages", short)
const tarballs = join(root, ".pack", "tarballs")

const withoutSource = (exports: Manifest["exports"]): Manifest["exports"] =>
  Object.fromEntries(
    Object.entries(exports).map(([face, target]) => [
      face,
      typeof target === "string"
        ? target
        : Object.fromEntries(Object.entries(target).filter(([condition]) => condition !== "source"))
    ])
  )

/** The manifest as it is published. Sources go along, so that source maps lead somewhere. */
const publishedManifest = (manifest: Manifest): Manifest => ({
  ...manifest,
  files: [...(manifest.files ?? []), "src"],
  exports: withoutSource(manifest.exports),
  ...(manifest.bin && {
    bin: Object.fromEntries(Object.entries(manifest.bin).map(([name, file]) => [name, compiled(file)]))
  })
})

/** Compiled commands need no condition, and `env -S` is not everywhere. */
const plainShebang = (file: string): void => {
  writeFileSync(file, readFileSync(file, "utf8").replace(/^#!.*\n/, "#!/usr/bin/env node\n"))
  chmodSync(file, 0o755)
}

const copy = (workspace: Workspace): void => {
  const target = stage(workspace)
  const manifest = publishedManifest(workspace.manifest)
  mkdirSync(target, { recursive: true })
  for (const name of ["dist", "src", "templates", "README.md", "CHANGELOG.md"]) {
    const from = join(root, workspace.folder, name)
    if (existsSync(from)) cpSync(from, join(target, name), { recursive: true })
  }
  cpSync(join(root, "LICENSE"), join(target, "LICENSE"))
  writeFileSync(join(target, "package.json"), `${JSON.stringify(manifest, null, 2)}\n`)
  Object.values(manifest.bin ?? {}).forEach((file) => plainShebang(join(target, file)))
}

rmSync(join(root, ".pack", "packages"), { recursive: true, force: true })
rmSync(tarballs, { recursive: true, force: true })
mkdirSync(tarballs, { recursive: true })
workspaces.forEach(copy)
run("npm", ["pack", "--ignore-scripts", "--pack-destination", tarballs, ...workspaces.map(stage)])
console.log(`packed ${workspaces.length} packages into .pack/tarballs`)
