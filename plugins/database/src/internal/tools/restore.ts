/** A database out of a backup, by pg_restore: all of it in one transaction, or nothing. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { SqlError } from "effect/sql/SqlError"
import * as Fs from "node:fs"
import { BackupFileUnusable, DatabaseNotEmpty } from "../../errors.ts"
import type { Server } from "../PgServer.ts"
import { configOf, open, unavailable } from "../PgSession.ts"
import { run } from "./program.ts"

const connectTimeout = Duration.seconds(10)

/** What somebody made: not what belongs to the server or to an extension. */
const strangers =
  `SELECT format('%I.%I', n.nspname, c.relname) FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
  WHERE c.relkind IN ('r', 'p', 'v', 'm', 'S', 'f') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
    AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.objid = c.oid AND d.classid = 'pg_class'::regclass AND d.deptype = 'e')
  ORDER BY 1 LIMIT 4`

const contents = ({ target }: Server) =>
  open(configOf(target, { applicationName: "heptad-restore", connectTimeout })).pipe(
    Effect.flatMap((session) => session.queryValues(strangers, [], false)),
    Effect.map((rows) => rows.map(([name]) => String(name))),
    Effect.mapError((error: SqlError) => unavailable(target, error)),
    Effect.scoped
  )

/** The beginning of every file in pg_dump's own format. */
const magic = "PGDMP"

const ensureBackup = (file: string) =>
  Effect.try({
    try: () => {
      const handle = Fs.openSync(file, "r")
      const head = Buffer.alloc(magic.length)
      Fs.readSync(handle, head)
      Fs.closeSync(handle)
      if (head.toString("latin1") !== magic) throw new Error("it is no backup in the custom format of pg_dump")
    },
    catch: (cause) =>
      new BackupFileUnusable({
        file,
        problem: cause instanceof Error ? cause.message : String(cause),
        remedy: "Name a file that heptad backup or pg_dump --format=custom made; psql reads plain SQL."
      })
  })

/** `replace`: what the backup has and the database too is dropped first. */
export const restore = Effect.fnUntraced(function*(server: Server, file: string, replace: boolean) {
  yield* ensureBackup(file)
  const there = replace ? [] : yield* contents(server)
  if (there.length > 0) return yield* new DatabaseNotEmpty({ database: server.target.database, contents: there })
  yield* run("pg_restore", server, [
    "--single-transaction",
    "--exit-on-error",
    "--no-owner",
    `--dbname=${server.target.database}`,
    ...(replace ? ["--clean", "--if-exists"] : []),
    file
  ])
})
