/** `heptad backup` and `heptad restore` with programs that write down how they were called: PostgreSQL's own are not installed here. */
import { assert, it } from "@effect/vitest"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import { chmodSync, existsSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"
import process from "node:process"
import { run } from "./fixtures/here.ts"
import { folder, write } from "./verbs.ts"

/** Notes its arguments and environment, makes the file that it is told to, and fails with `words` where there are some. */
const program = (version: string, words: string) =>
  `#!${process.execPath}
const fs = require("node:fs")
const args = process.argv.slice(2)
if (args.includes("--version")) {
  console.log("pg_program (PostgreSQL) ${version}")
} else {
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => name.startsWith("PG")))
  fs.writeFileSync(__dirname + "/called.json", JSON.stringify({ args, env }))
  const file = args.find((arg) => arg.startsWith("--file="))
  if (file !== undefined) fs.writeFileSync(file.slice(7), "PGDMP a backup")
  if (${JSON.stringify(words)} !== "") {
    console.error(${JSON.stringify(words)})
    process.exit(1)
  }
}
`

/** Where programs are looked for while a test runs. */
const lookIn = (folder: string) =>
  Effect.acquireRelease(
    Effect.sync(() => {
      const { PATH } = process.env
      process.env["PATH"] = folder
      return PATH
    }),
    (path) => Effect.sync(() => void (process.env["PATH"] = path))
  )

/** Commands on an empty database; `version` none: without the programs. */
const place = Effect.fnUntraced(function*(version: string | undefined, words = "") {
  const coordinates = yield* TestDatabase.fresh
  const root = yield* folder
  const { database, host, password, user } = coordinates
  write(root, { "bin/none": "", password })
  for (const name of version === undefined ? [] : ["pg_dump", "pg_restore"]) {
    writeFileSync(join(root, "bin", name), program(version ?? "", words))
    chmodSync(join(root, "bin", name), 0o755)
  }
  yield* lookIn(join(root, "bin"))
  const url = `postgresql://${user}@/${database}?host=${encodeURIComponent(host)}&sslmode=disable`
  const flags = ["--database", url, "--password-file", join(root, "password"), "--set", `common.data_dir=${root}/data`]
  const called = () => JSON.parse(readFileSync(join(root, "bin/called.json"), "utf8"))
  /** What was printed, without the folder. */
  const shown = (text: string) => text.replaceAll(`${root}/`, "")
  const start = Effect.fnUntraced(function*(verb: string, file: string, ...more: ReadonlyArray<string>) {
    const { code, err, out } = yield* run(...verb.split(" "), join(root, file), ...more, ...flags)
    return { code, out: shown(out), err: shown(err) }
  })
  return {
    called,
    coordinates,
    migrate: run("migrate", "up", "--dir", join(root, "migrations"), ...flags),
    root,
    run: start
  }
})

it.live("a backup appears when it is whole, for its owner only, and the password is in the environment of the child alone", () =>
  Effect.gen(function*() {
    const { called, coordinates, root, run } = yield* place("18.1")
    const { database, host, password, port, user } = coordinates
    const ended = yield* run("backup", "out.dump")
    assert.deepStrictEqual(ended, { code: 0, out: `${database} is in out.dump (14 bytes).`, err: "" })
    assert.strictEqual(statSync(join(root, "out.dump")).mode & 0o777, 0o600)
    assert.isFalse(existsSync(join(root, "out.dump.partial")))
    assert.deepStrictEqual(called(), {
      args: ["--no-password", "--format=custom", `--file=${root}/out.dump.partial`],
      env: {
        PGHOST: host,
        PGPORT: String(port),
        PGUSER: user,
        PGDATABASE: database,
        PGSSLMODE: "disable",
        PGAPPNAME: "heptad-backup",
        PGCONNECT_TIMEOUT: "10",
        PGPASSWORD: password
      }
    })
    assert.deepStrictEqual(yield* run("backup", "out.dump"), {
      code: 1,
      out: "",
      err:
        "heptad: out.dump cannot be used: it is there already. Name a new file in a folder that is there and writable."
    })
  }))

it.live("a backup that fails leaves no file, and tells what pg_dump said", () =>
  Effect.gen(function*() {
    const { root, run } = yield* place("19beta1", "pg_dump: error: permission denied for table x")
    const { code, err } = yield* run("backup", "out.dump")
    assert.strictEqual(code, 1)
    assert.strictEqual(
      err,
      "heptad: pg_dump could not do it: pg_dump: error: permission denied for table x. Correct what it names; nothing was changed."
    )
    assert.isFalse(existsSync(join(root, "out.dump")) || existsSync(join(root, "out.dump.partial")))
  }))

it.live("says the way out where the programs are missing or older than the server, and touches nothing", () =>
  Effect.gen(function*() {
    const wayOut =
      "Install the client programs of PostgreSQL 18 or later (Debian, Ubuntu: postgresql-client-18 of apt.postgresql.org; " +
      "macOS: brew install libpq; or run it from the image postgres:18) and see that they stand first in PATH."
    const without = yield* place(undefined)
    assert.deepStrictEqual(yield* without.run("backup", "out.dump"), {
      code: 1,
      out: "",
      err: `heptad: pg_dump could not do it: it is not installed. ${wayOut}`
    })
    assert.isFalse(existsSync(join(without.root, "out.dump.partial")))
    const old = yield* place("15.17 (Debian 15.17-0+deb12u1)")
    write(old.root, { "in.dump": "PGDMP" })
    assert.deepStrictEqual(yield* old.run("restore", "in.dump"), {
      code: 1,
      out: "",
      err: `heptad: pg_restore could not do it: it is of version 15, the server of version 18. ${wayOut}`
    })
  }))

it.live("a restore wants a backup and an empty database, unless it is told to replace", () =>
  Effect.gen(function*() {
    const { called, coordinates, migrate, root, run } = yield* place("18.1")
    write(root, {
      "plain.sql": "SELECT 1",
      "in.dump": "PGDMP a backup",
      "migrations/1_goods.sql": "CREATE TABLE goods (id int)"
    })
    assert.deepInclude(yield* run("restore", "in.dump"), {
      code: 0,
      out: `${coordinates.database} is restored from in.dump.`
    })
    const args = [
      "--no-password",
      "--single-transaction",
      "--exit-on-error",
      "--no-owner",
      `--dbname=${coordinates.database}`
    ]
    assert.deepStrictEqual(called().args, [...args, `${root}/in.dump`])
    yield* migrate
    assert.deepStrictEqual(yield* run("restore", "in.dump"), {
      code: 1,
      out: "",
      err: `heptad: The database "${coordinates.database}" is not empty (public.goods, public.heptad_migrations). ` +
        "Restore into an empty one, or replace what is there with --replace."
    })
    assert.deepInclude(yield* run("restore", "in.dump", "--replace"), { code: 0 })
    assert.deepStrictEqual(called().args, [...args, "--clean", "--if-exists", `${root}/in.dump`])
    assert.strictEqual(
      (yield* run("restore", "plain.sql")).err,
      "heptad: plain.sql cannot be used: it is no backup in the custom format of pg_dump. " +
        "Name a file that heptad backup or pg_dump --format=custom made; psql reads plain SQL."
    )
  }))
