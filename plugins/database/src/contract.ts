/** What database promises: Effect's own `SqlClient` on a pool of PostgreSQL sessions, and migrations. */
import { Contract } from "@heptad/kernel"
import { SqlClient } from "effect/sql/SqlClient"
import manifest from "../package.json" with { type: "json" }
import { Database } from "./Database.ts"
import { Migrations } from "./Migrations.ts"

export const DatabaseContract = Contract.make({
  name: "database",
  manifest,
  services: [SqlClient, Migrations, Database]
})
