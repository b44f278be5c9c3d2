/** `Permissions` on the guide's tables: everything that a subject may do in one statement, remembered while that is safe. */
import { Permissions, PermissionsUnavailable, type Principal } from "@heptad/network"
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as SqlClient from "effect/sql/SqlClient"
import type { AccountsConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import * as Changes from "./changes.ts"
import * as Memory from "./memory.ts"
import type { Who } from "./who.ts"

type Granted = ReadonlySet<string>

/** Roles of the table and of the credential alike, through one join. */
const load = (sql: SqlClient.SqlClient, { roles, subject }: Who): Effect.Effect<Granted, PermissionsUnavailable> =>
  sql<{ resource: string; action: string }>`
    SELECT DISTINCT resource, action FROM role_permissions JOIN (
      SELECT role FROM user_roles WHERE user_id = ${subject}
      UNION SELECT jsonb_array_elements_text(${JSON.stringify(roles)}::text::jsonb)
    ) AS held (role) USING (role)`.pipe(
    // What a transaction of the caller has not committed may not be remembered for others.
    Effect.updateContext((context: Context.Context<never>) => Context.omit(sql.transactionService)(context)),
    Effect.map((rows) => new Set(rows.map(({ action, resource }) => `${resource}:${action}`))),
    Effect.mapError((cause) => new PermissionsUnavailable({ cause })),
    Effect.tap(Metric.update(Metrics.loads, 1))
  )

/** A permission without a resource is nobody's, also where somebody wrote one into the table. */
const isNamed = (permission: string): boolean => permission.indexOf(":") > 0

/** `settings.cache.ttl` may change while requests come. */
export const layer = (settings: AccountsConfig) =>
  Layer.effect(
    Permissions,
    Effect.gen(function*() {
      const sql = yield* SqlClient.SqlClient
      const memory = yield* Memory.make(settings.cache, (who) => load(sql, who))
      yield* Changes.follow(memory)
      return Permissions.of({
        allows: (principal: Principal["Service"], permission) =>
          isNamed(permission)
            ? Effect.map(memory.granted(principal), (granted) => granted.has(permission))
            : Effect.succeed(false)
      })
    })
  )
