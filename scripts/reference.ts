/**
 * Writes the pages that are made from the code, so that they cannot say anything else than the program does.
 *
 *     node --conditions=source scripts/reference.ts [--check]    --check changes nothing and fails when a page is stale
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import { errors } from "./reference/errors.ts"
import { schema, settings } from "./reference/settings.ts"
import { root } from "./workspaces.ts"

/** Path from the root, and what makes its whole text. */
const pages: Readonly<Record<string, () => string>> = {
  "docs/errors.md": errors,
  "docs/settings.md": settings,
  "config/heptad.schema.json": schema
}

const textOf = (file: string): string => existsSync(file) ? readFileSync(file, "utf8") : ""

const stale = Object.entries(pages)
  .map(([path, make]) => ({ path, file: join(root, path), text: make() }))
  .filter(({ file, text }) => textOf(file) !== text)

if (process.argv.includes("--check")) {
  for (const { path } of stale) console.error(`${path} is stale. Run: npm run reference:fix`)
  process.exitCode = stale.length === 0 ? 0 : 1
} else for (const { file, text } of stale) writeFileSync(file, text)
