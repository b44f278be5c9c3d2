/** `heptad migrate` and `migrate` as processes on a real server: what they do, what they print, and what nobody gets to see. */
import { assert, it } from "@effect/vitest"
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Result from "effect/Result"
import * as fc from "fast-check"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { vi } from "vitest"
import { conceal } from "../src/database/conceal.ts"
import { parse } from "../src/database/url.ts"
import { run } from "./fixtures/here.ts"
import { until } from "./fixtures/process.ts"
import { begin, type Ended, heptad } from "./heptad.ts"
import { folder, write } from "./verbs.ts"

// A process loads the command from its sources, on a machine that runs other tests.
vi.setConfig({ testTimeout: 120_000 })

const files = {
  "migrations/0001_create.up.sql": "CREATE TABLE goods (id int);",
  "migrations/0001_create.down.sql": "DROP TABLE goods;",
  "migrations/0002_add.up.sql": "ALTER TABLE goods ADD name text;",
  "migrations/0002_add.down.sql": "ALTER TABLE goods DROP name;"
}

/** Commands in a folder with migrations, on an empty database: in this process, and as processes of their own. */
const place = Effect.gen(function*() {
  const coordinates = yield* TestDatabase.fresh
  const root = yield* folder
  const { database, host, password, port, user } = coordinates
  write(root, { ...files, password: `${password}\n` })
  const url = (secret: string) =>
    `postgresql://${user}${secret}@/${database}?host=${encodeURIComponent(host)}&sslmode=disable`
  const flags = [
    "--database",
    url(""),
    "--password-file",
    join(root, "password"),
    "--set",
    `common.data_dir=${root}/data`
  ]
  assert.strictEqual(port, 5432)
  const plugins = (...args: ReadonlyArray<string>) => run("migrate", ...args, ...flags)
  return {
    coordinates,
    root,
    url,
    flags,
    plugins,
    migrate: (...args: ReadonlyArray<string>) => plugins(...args, "--dir", join(root, "migrations")),
    process: (...args: ReadonlyArray<string>) => Effect.promise(() => heptad(args, { cwd: root }))
  }
})

/** The table without its times. */
const rows = ({ out }: Pick<Ended, "out">) =>
  out.trim().split("\n").slice(1).map((line) => line.split(/ +/).slice(0, 4))

it.live("goes up, tells where it is, goes back, does the last one again, and says when there is nothing to do", () =>
  Effect.gen(function*() {
    const { migrate } = yield* place
    const first = yield* migrate("up")
    assert.deepStrictEqual(rows(first).map(([set, id, name]) => [set, id, name]), [
      ["app", "1", "create"],
      ["app", "2", "add"]
    ])
    assert.match(first.err, /^migration app 1 create applied in \d+ ms\nmigration app 2 add applied in \d+ ms$/)
    assert.deepStrictEqual(yield* migrate("up"), { code: 0, out: "Nothing to apply.", err: "" })
    assert.deepStrictEqual(rows(yield* migrate("version")), [["app", "2", "add", "0"]])
    assert.deepStrictEqual(rows(yield* migrate("redo")).map(([, id]) => id), ["2"])
    assert.deepStrictEqual(rows(yield* migrate("down", "2")).map(([, id]) => id), ["2", "1"])
    assert.deepStrictEqual(rows(yield* migrate("status")), [
      ["app", "1", "create", "pending"],
      ["app", "2", "add", "pending"]
    ])
    assert.strictEqual((yield* migrate("down")).out, "Nothing to take back.")
  }))

it.live("prints the SQL of both ways and what lint says, and touches nothing", () =>
  Effect.gen(function*() {
    const { migrate, root } = yield* place
    yield* migrate("up")
    write(root, { "migrations/0003_clear.sql": "-- heptad: no-transaction\nDROP INDEX CONCURRENTLY IF EXISTS x" })
    write(root, { "migrations/0004_drop.sql": "ALTER TABLE goods DROP COLUMN name" })
    const up = yield* migrate("up", "--dry-run")
    assert.strictEqual(
      up.out,
      `-- app 3 clear
-- heptad: no-transaction
DROP INDEX CONCURRENTLY IF EXISTS x;

-- app 4 drop
-- lint: app 4 drop: drop-column: the running release may still read or write it
-- lint:   ALTER TABLE goods DROP COLUMN name
-- lint:   Drop it in a later release, when none that uses it runs any more. Or accept it: -- heptad: allow drop-column
BEGIN;
ALTER TABLE goods DROP COLUMN name;
COMMIT;`
    )
    const refused = yield* migrate("up")
    assert.strictEqual(refused.code, 1)
    assert.include(refused.err, `"ALTER TABLE goods DROP COLUMN name" breaks the running release (drop-column)`)
    const linted = yield* migrate("lint", "--json")
    assert.strictEqual(linted.code, 1)
    assert.deepStrictEqual(JSON.parse(linted.out).findings.map(({ rule }: { rule: string }) => rule), ["drop-column"])
    const versions = JSON.parse((yield* migrate("version", "--json")).out)
    assert.deepStrictEqual(versions, { versions: [{ set: "app", version: 2, name: "add", pending: 2 }] })
  }))

it.live("takes the sets of the app's plugins, all or one of them, and goes back over both", () =>
  Effect.gen(function*() {
    const { plugins } = yield* place
    assert.deepStrictEqual(rows(yield* plugins("up", "--only", "accounts")).map(([set, id]) => [set, id]), [
      ["accounts", "1"],
      ["accounts", "2"]
    ])
    assert.deepStrictEqual(rows(yield* plugins("up")).map(([set, id]) => [set, id]), [["orders", "1"]])
    assert.deepStrictEqual(rows(yield* plugins("down", "2")).map(([set, id]) => [set, id]), [
      ["orders", "1"],
      ["accounts", "2"]
    ])
    const none = yield* plugins("status", "--only", "billing")
    assert.deepStrictEqual(none, {
      code: 1,
      out: "",
      err: "heptad: no migrations of billing; there are: accounts, orders. " +
        "Name the folder of the files with --dir, or the app's settings with --config."
    })
  }))

it.live("writes the files of the next migration", () =>
  Effect.gen(function*() {
    const { migrate, root } = yield* place
    const paths = [`${root}/migrations/0003_add_an_index.up.sql`, `${root}/migrations/0003_add_an_index.down.sql`]
    assert.deepStrictEqual(yield* migrate("create", "Add an index!", "--dry-run"), {
      code: 0,
      out: paths.join("\n"),
      err: ""
    })
    yield* migrate("create", "Add an index!")
    assert.match(readFileSync(join(root, "migrations/0003_add_an_index.up.sql"), "utf8"), /^-- add_an_index\n/)
    assert.deepStrictEqual(JSON.parse((yield* migrate("create", "x", "--json")).out), {
      written: true,
      files: [`${root}/migrations/0004_x.up.sql`, `${root}/migrations/0004_x.down.sql`]
    })
    assert.strictEqual((yield* migrate("create", "!")).code, 2)
  }))

/** Ends as soon as so many others wait for it: each has asked for the lock last, and was answered that it is taken. */
const untilOthersWait = (count: number) =>
  `DO $$ BEGIN
    FOR i IN 1..1200 LOOP
      PERFORM pg_stat_clear_snapshot();
      EXIT WHEN (SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()
        AND application_name LIKE 'heptad-migrations%' AND query LIKE '%advisory%' AND state = 'idle') >= ${count};
      PERFORM pg_sleep(0.05);
    END LOOP;
  END $$;`

it.live("twenty processes at once on an empty database: one migrates, nineteen wait and go on, none fails", () =>
  Effect.gen(function*() {
    const { flags, process, root } = yield* place
    write(root, { "migrations/0003_wait.sql": untilOthersWait(19) })
    yield* process("migrate", "status", "--dir", "migrations", ...flags)
    const up = process("migrate", "up", "--dir", "migrations", ...flags)
    const all = yield* Effect.all(Array.from({ length: 20 }, () => up), { concurrency: "unbounded" })
    assert.deepStrictEqual(all.filter(({ code }) => code !== 0), [])
    const migrated = all.filter(({ out }) => out !== "Nothing to apply.\n")
    assert.lengthOf(migrated, 1)
    assert.deepStrictEqual(migrated.map(rows).flat().map(([, id]) => id), ["1", "2", "3"])
    const waiting =
      /^waiting for the migrations of (?:process \d+ of the server \(heptad-migrations |a process that is just ending)/
    const waited = all.filter(({ err }) => waiting.test(err))
    assert.lengthOf(waited, 19)
    for (const { err } of waited) assert.match(err, /\nwaited \d+ ms for the migrations of another process\n$/)
  }))

const warning =
  "heptad: warning: the password stands on the command line, where everybody on this machine could read it " +
  "until heptad had taken it away, and in the history of the shell. Give --password-file or DB_PASSWORD."

const nameOf = (pid: number | string | undefined): string => {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, "utf8")
  } catch {
    return ""
  }
}

const names = () => readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(nameOf)

it.live("a password on the command line is warned about, and gone from the list of processes while the verb works", () =>
  Effect.gen(function*() {
    const { coordinates, migrate, root, url } = yield* place
    write(root, { "migrations/0003_wait.sql": untilOthersWait(1) })
    const first = begin(["migrate", "--database", url(`:${coordinates.password}`), "up", "--dir", "migrations"], {
      cwd: root
    })
    yield* Effect.promise(() =>
      until("the process is called otherwise", () => nameOf(first.process.pid).startsWith("heptad migrate --database"))
    )
    assert.include(nameOf(first.process.pid), url(""))
    assert.isFalse(names().some((name) => name.includes(coordinates.password)))
    assert.strictEqual((yield* migrate("up")).code, 0)
    const { code, err, out } = yield* Effect.promise(() => first.ended)
    assert.strictEqual(code, 0, err)
    assert.isTrue(err.startsWith(`${warning}\n`), err)
    assert.notInclude(out + err, coordinates.password)
  }))

const secret = "hunter2-p%40ss"
const told = /hunter2|p%40ss|p@ss/

it.live("a password stands in no message about a word that is not understood", () =>
  Effect.gen(function*() {
    const { process } = yield* place
    const url = `postgresql://root:${secret}@127.0.0.1:1/x`
    const all = [["migrate", "--databse", url, "up"], ["migrate", url], [`--database=${url}`, "migrate", "upp"]]
    for (const { code, err, out } of yield* Effect.forEach(all, (args) => process(...args), { concurrency: 3 })) {
      assert.strictEqual(code, 2)
      assert.notMatch(out + err, told)
    }
  }))

it.live("a password stands in no message about the address or the server", () =>
  Effect.gen(function*() {
    const { root } = yield* place
    const status = (url: string) =>
      Effect.map(
        run(
          "migrate",
          "status",
          "--dir",
          root,
          "--database",
          url,
          "--set",
          "database.connection_pool.connection_timeout=50ms"
        ),
        ({ code, err, out }) => {
          assert.notMatch(out + err, told, url)
          return [code, err.split("\n").at(-1)]
        }
      )
    const refused = (problem: string) => [
      2,
      `heptad: --database cannot be used: ${problem}. Write it as postgresql://user@host:5432/name?sslmode=require, ` +
      "with everything that is special in a URL percent-encoded."
    ]
    const cases: ReadonlyArray<readonly [url: string, problem: string]> = [
      [`mysql://root:${secret}@h/x`, "it does not begin with postgresql://, or is none"],
      [secret, "it does not begin with postgresql://, or is none"],
      [`postgresql://root:${secret}@h/x?ssl=1`, `the parameter "ssl" is not known`],
      [
        `postgresql://root:${secret}@h/x?sslmode=full`,
        "sslmode is one of disable, prefer, require, verify-ca, verify-full"
      ],
      [`postgresql://root:${secret}@/x`, "it names no host"]
    ]
    for (const [url, problem] of cases) assert.deepStrictEqual(yield* status(url), refused(problem), url)
    const [code, message] = yield* status(`postgresql://root:${secret}@127.0.0.1:1/x`)
    assert.strictEqual(code, 69)
    assert.match(String(message), /^heptad: PostgreSQL at 127.0.0.1:1 is not available: connection refused/)
  }))

it.live("a wrong password is refused without being told, and so is a file that is not there", () =>
  Effect.gen(function*() {
    const { root, url } = yield* place
    write(root, { wrong: "not-this-one" })
    const wrong = yield* run(
      "migrate",
      "status",
      "--dir",
      root,
      "--database",
      url(""),
      "--password-file",
      join(root, "wrong")
    )
    assert.strictEqual(wrong.code, 69)
    assert.include(wrong.err, "password authentication failed")
    assert.notInclude(wrong.out + wrong.err, "not-this-one")
    const nowhere = yield* run("migrate", "status", "--dir", root, "--database", url(""), "--password-file", "nowhere")
    assert.deepStrictEqual(nowhere, {
      code: 1,
      out: "",
      err: "heptad: the password in nowhere cannot be read: NotFound. Name a file that this user may read."
    })
  }))

it.live("migrate alone is heptad migrate, as the guide spells it", () =>
  Effect.gen(function*() {
    const { coordinates, plugins, root, url } = yield* place
    const options = { cwd: root, main: "migrateMain.ts", environment: { DB_PASSWORD: coordinates.password } }
    const guide = (...args: ReadonlyArray<string>) =>
      Effect.promise(() => heptad(["--database", url(""), ...args], options))
    assert.deepStrictEqual(rows(yield* guide("up")).map(([set]) => set), ["accounts", "accounts", "orders"])
    assert.deepStrictEqual(rows(yield* guide("down", "1")).map(([set]) => set), ["orders"])
    assert.deepStrictEqual(rows(yield* plugins("version")), [
      ["accounts", "2", "tell_changes", "0"],
      ["orders", "0", "1"]
    ])
  }))

it("takes every password out of an argument and leaves the rest as it is", () => {
  const cases: ReadonlyArray<readonly [argument: string, text: string, password: string | undefined]> = [
    ["postgresql://u:p@h/d", "postgresql://u@h/d", "p"],
    ["--database=postgres://u:p:q@h:5432/d?sslmode=require", "--database=postgres://u@h:5432/d?sslmode=require", "p:q"],
    ["postgresql://u:p@q@h/d", "postgresql://u@h/d", "p@q"],
    ["postgresql://u@h/d?password=p&sslmode=require", "postgresql://u@h/d?password=&sslmode=require", "p"],
    ["postgresql://u@h:5432/d", "postgresql://u@h:5432/d", undefined],
    ["network.tcp.port=8081", "network.tcp.port=8081", undefined],
    ["http://127.0.0.1:9090", "http://127.0.0.1:9090", undefined]
  ]
  for (const [argument, text, password] of cases) assert.deepStrictEqual(conceal(argument), { text, password })
})

it("gives back any password that a URL holds, and survives any text", () => {
  fc.assert(fc.property(fc.string({ unit: "grapheme", minLength: 1 }), (password) => {
    const url = `postgresql://u:${encodeURIComponent(password)}@h:5432/d`
    assert.strictEqual(conceal(url).text, "postgresql://u@h:5432/d")
    assert.deepStrictEqual(Result.getOrUndefined(parse(url)), {
      host: "h",
      port: 5432,
      database: "d",
      user: "u",
      password,
      sslMode: undefined
    })
  }))
  const texts = fc.tuple(
    fc.constantFrom("", "postgresql://", "--database=postgres://u:"),
    fc.string({ unit: "binary" })
  )
  fc.assert(fc.property(texts, ([start, rest]) => {
    conceal(start + rest)
    parse(start + rest)
  }))
})
