/**
 * Compiles every published package from `src` to `dist` with one compiler run. The compiler keeps the folders of the tree,
 * so its output goes to .pack/out and each package takes its part; source maps are pointed at `src` again.
 */
import { cpSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { dirname, extname, join, relative } from "node:path"
import { run } from "./run.ts"
import { root, type Workspace, workspaces } from "./workspaces.ts"

const out = join(root, ".pack", "out")
const project = join(root, ".pack", "tsconfig.json")

const compile = (): void => {
  rmSync(out, { recursive: true, force: true })
  mkdirSync(out, { recursive: true })
  const config = {
    extends: "../tsconfig.json",
    compilerOptions: {
      noEmit: false,
      noEmitOnError: true,
      rootDir: "..",
      outDir: "out",
      sourceMap: true,
      declarationMap: true
    },
    include: workspaces.map(({ folder }) => `../${folder}/src`)
  }
  writeFileSync(project, JSON.stringify(config))
  run("tsc", ["--project", project])
}

const pointMapAtSource = (map: string, source: string): void => {
  const content = JSON.parse(readFileSync(map, "utf8"))
  writeFileSync(map, JSON.stringify({ ...content, sources: [relative(dirname(map), source)] }))
}

/** Whatever in `src` is no TypeScript is read at run time (pages, SQL): it stands at the same place in `dist`. */
const collect = ({ folder }: Workspace): void => {
  const source = join(root, folder, "src")
  const dist = join(root, folder, "dist")
  rmSync(dist, { recursive: true, force: true })
  cpSync(source, dist, { recursive: true, filter: (file) => extname(file) !== ".ts" })
  cpSync(join(out, folder, "src"), dist, { recursive: true })
  for (const map of globSync("**/*.map", { cwd: dist })) {
    pointMapAtSource(join(dist, map), join(source, map.replace(/\.(d\.ts|js)\.map$/, ".ts")))
  }
}

compile()
workspaces.forEach(collect)
console.log(`built ${workspaces.length} packages`)
