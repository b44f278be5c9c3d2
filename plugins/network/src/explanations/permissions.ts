/** What somebody may not do, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "../errors/permissions.ts"

export const permissions = explanationsOf<typeof Errors>({
  PermissionDenied: {
    title: "The caller may not do this",
    cause:
      "No role of the caller has the permission, the token names roles but network.auth.roles_from_token is off, " +
      "or the endpoint names no permission at all.",
    remedy: "Give the caller a role in user_roles that has the permission in role_permissions; " +
      "it counts within a second.",
    code: "common.permission_denied"
  },
  PermissionsUnavailable: {
    title: "Who may do what cannot be found out",
    cause: "The tables of the permissions cannot be read, mostly because the database is away or overloaded.",
    remedy: "Look at /health?verbose and at the cause in the log, and bring the database back; clients may try again.",
    code: "common.not_initialized"
  }
})
