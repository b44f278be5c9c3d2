/** Reads the versions from the packages themselves. */
import { plugins } from "@heptad/monolith"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import { installed } from "../doctor/packages.ts"
import { table } from "../table.ts"

export const run = Effect.fnUntraced(function*({ json }: { readonly json: boolean }) {
  const packages = installed(plugins).map(({ name, version }) => [name, version] as const)
  const rows = [...packages, ["node", process.versions.node] as const]
  yield* Console.log(
    json ? JSON.stringify(Object.fromEntries(rows), null, 2) : table(["package", "version"], rows).join("\n")
  )
})
