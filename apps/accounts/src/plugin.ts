/** Keeps network's Permissions contract on the database. */
import { DatabaseContract, Migrations, MigrationSets } from "@heptad/database"
import { Plugin } from "@heptad/kernel"
import { PermissionsContract } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import manifest from "../package.json" with { type: "json" }
import { AccountsConfig } from "./config.ts"
import * as SqlPermissions from "./internal/SqlPermissions.ts"
import { migrations } from "./migrations.ts"

/** What may change has an object of its own, so that it can. */
const permissions = (config: AccountsConfig, live: Plugin.Live<AccountsConfig>) => {
  const settings = { cache: { ...config.cache } }
  const renew = live.onChange(({ cache }) =>
    Effect.sync(() => {
      settings.cache.ttl = cache.ttl
    })
  )
  return SqlPermissions.layer(settings).pipe(
    Layer.provide(Layer.effectDiscard(Migrations.use(({ ensure }) => ensure(migrations)))),
    Layer.provideMerge(Layer.effectDiscard(renew))
  )
}

export const AccountsPlugin = Plugin.make({
  name: "accounts",
  manifest,
  contract: PermissionsContract,
  requires: [DatabaseContract],
  config: AccountsConfig,
  annotations: MigrationSets.with(migrations),
  layer: (config, live) => Layer.suspend(() => permissions(config, live))
})
