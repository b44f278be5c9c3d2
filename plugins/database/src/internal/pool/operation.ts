/** What operators see of the sessions. */
import { Operation } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { PoolState, SessionHolder } from "../../Database.ts"

const holder = ({ fiber, heldMillis, plugin, span, traceId }: SessionHolder) => ({
  span: span ?? null,
  plugin: plugin ?? null,
  fiber,
  trace_id: traceId ?? null,
  held_seconds: heldMillis / 1000
})

const pool = ({ holders, server: _, ...numbers }: PoolState) => ({ ...numbers, holders: holders.map(holder) })

export const operation = (pools: Effect.Effect<ReadonlyArray<PoolState>>) =>
  Operation.make({
    name: "database-pool",
    description:
      "The database sessions: how many are open, in use and waited for, and who holds them, the oldest first.",
    kind: "read",
    input: Schema.Struct({}),
    run: () => Effect.map(pools, (all) => Object.fromEntries(all.map((each) => [each.server, pool(each)])))
  })
