/** Keeps network's Permissions contract on the database. */
import { DatabaseContract, Migrations } from "@heptad/database"
import { Plugin } from "@heptad/kernel"
import { PermissionsContract } from "@heptad/network"
import * as Layer from "effect/Layer"
import manifest from "../package.json" with { type: "json" }
import { AccountsConfig } from "./config.ts"
import * as SqlPermissions from "./internal/SqlPermissions.ts"
import { migrations } from "./migrations.ts"

export const AccountsPlugin = Plugin.make({
  name: "accounts",
  manifest,
  contract: PermissionsContract,
  requires: [DatabaseContract],
  config: AccountsConfig,
  layer: () => SqlPermissions.layer.pipe(Layer.provide(Layer.effectDiscard(Migrations.use(({ up }) => up(migrations)))))
})
