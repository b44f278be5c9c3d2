/**
 * Who may do what. Network only asks; the contract is kept by another plugin (`apps/accounts` keeps it on the database),
 * and network itself does not require it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type { PermissionsUnavailable } from "./errors.ts"
import type { Principal } from "./Principal.ts"

export class Permissions extends Context.Service<Permissions, {
  /** Whether the principal has a permission such as `orders:create`. A refusal is `false`, never an error. */
  readonly allows: (
    principal: Principal["Service"],
    permission: string
  ) => Effect.Effect<boolean, PermissionsUnavailable>
}>()("@heptad/network/Permissions") {}
