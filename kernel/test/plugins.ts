/** Plugins made from a table, each telling a journal what happens to it. */
import { Contract, type Lifecycle, Plugin } from "@heptad/kernel"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import type * as Scope from "effect/Scope"

export interface Row {
  readonly requires?: ReadonlyArray<string>
  readonly version?: string
  /** Ranges by required name; default "^1.0.0". */
  readonly ranges?: Readonly<Record<string, string | undefined>>
  readonly ambient?: boolean
  readonly build?: Effect.Effect<unknown, unknown, Lifecycle | Scope.Scope>
}

/** Contracts without services: the compiler cannot know what comes from a table. */
const contractOf = (name: string, version: string) =>
  Contract.make({
    name,
    manifest: { name: `@test/${name}`, version },
    services: []
  })

const ranges = (row: Row) =>
  Object.fromEntries(
    (row.requires ?? []).flatMap((name) => {
      const range = row.ranges !== undefined && name in row.ranges ? row.ranges[name] : "^1.0.0"
      return range === undefined ? [] : [[`@test/${name}`, range] as const]
    })
  )

export const fromTable = (
  table: Readonly<Record<string, Row>>,
  journal: Array<string> = []
): ReadonlyArray<Plugin.Plugin<never, unknown, Plugin.KernelServices>> =>
  Object.entries(table).map(([name, row]) => {
    const contract = contractOf(name, row.version ?? "1.0.0")
    const tell = (what: string) => Effect.sync(() => journal.push(`${what} ${name}`))
    return Plugin.make({
      manifest: { name: `@test/${name}`, version: row.version ?? "1.0.0", peerDependencies: ranges(row) },
      contract,
      requires: (row.requires ?? []).map((required) => contractOf(required, table[required]?.version ?? "1.0.0")),
      ambient: row.ambient ?? false,
      config: Schema.Struct({ size: Schema.optionalKey(Schema.Int) }),
      layer: () =>
        Layer.effectContext(
          Effect.acquireRelease(Effect.andThen(row.build ?? Effect.void, tell("start")), () => tell("stop")).pipe(
            Effect.as(Context.empty())
          )
        )
    })
  })
