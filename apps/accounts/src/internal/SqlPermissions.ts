/** `Permissions` on the guide's tables: one statement a question, deny by default. */
import { Permissions, PermissionsUnavailable, type Principal } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as SqlClient from "effect/sql/SqlClient"

export const layer = Layer.effect(
  Permissions,
  Effect.gen(function*() {
    const sql = yield* SqlClient.SqlClient

    const granted = (principal: Principal["Service"], resource: string, action: string) =>
      sql`SELECT 1 FROM role_permissions
          WHERE resource = ${resource} AND action = ${action}
            AND (role IN (SELECT role FROM user_roles WHERE user_id = ${principal.subject})
                 OR role IN (SELECT jsonb_array_elements_text(${JSON.stringify(principal.roles)}::text::jsonb)))
          LIMIT 1`

    const allows = Effect.fn("Permissions.allows")(function*(principal: Principal["Service"], permission: string) {
      const colon = permission.indexOf(":")
      if (colon < 1) return false
      const rows = yield* granted(principal, permission.slice(0, colon), permission.slice(colon + 1)).pipe(
        Effect.mapError((cause) => new PermissionsUnavailable({ cause }))
      )
      return rows.length > 0
    })

    return Permissions.of({ allows })
  })
)
