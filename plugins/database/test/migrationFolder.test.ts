import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as fc from "fast-check"
import * as Fs from "node:fs"
import * as Path from "node:path"
import { pathToFileURL } from "node:url"
import { nameOf } from "../src/internal/migrations/fileName.ts"
import { load } from "../src/internal/migrations/folder.ts"
import { folder } from "./process.ts"

const write = (path: string, files: Readonly<Record<string, string | Buffer>>) =>
  Effect.sync(() => Object.entries(files).forEach(([file, text]) => Fs.writeFileSync(Path.join(path, file), text)))

const loaded = Effect.fnUntraced(function*(files: Readonly<Record<string, string | Buffer>>) {
  const path = yield* folder(0o700)
  yield* write(path, files)
  return yield* load({ name: "files", folder: path })
}, Effect.scoped)

const refusal = (files: Readonly<Record<string, string | Buffer>>) =>
  Effect.map(Effect.flip(loaded(files)), ({ message }) => message)

describe("a folder of migrations", () => {
  it.effect("is a set: the digits are the id, a way back stands beside its way up", () =>
    Effect.gen(function*() {
      const set = yield* loaded({
        "0002_add-index.up.sql": "SELECT 2",
        "0002_add-index.down.sql": "SELECT -2",
        "0001_create_orders.sql": "\uFEFFSELECT 1",
        "0010_v1.2.sql": "SELECT 10",
        "README.md": "no migration"
      })
      assert.deepStrictEqual(set, {
        name: "files",
        migrations: [
          { id: 1, name: "create_orders", sql: "SELECT 1" },
          { id: 2, name: "add-index", sql: "SELECT 2", down: "SELECT -2" },
          { id: 10, name: "v1.2", sql: "SELECT 10" }
        ]
      })
    }))

  it.effect("is found by a URL too, and keeps what the code needs", () =>
    Effect.gen(function*() {
      const path = yield* folder(0o700)
      yield* write(path, { "1_a.sql": "SELECT 1" })
      const set = yield* load({ name: "files", folder: pathToFileURL(path), needs: 1 })
      assert.deepStrictEqual(set, { name: "files", migrations: [{ id: 1, name: "a", sql: "SELECT 1" }], needs: 1 })
    }).pipe(Effect.scoped))

  it.effect("is refused for a name that says nothing, and for a way back that belongs to none", () =>
    Effect.gen(function*() {
      assert.strictEqual(
        yield* refusal({ "create.sql": "" }),
        `Migration of "files" failed: the name of create.sql is not understood. ` +
          `Call it <number>_<name>.sql, or <number>_<name>.up.sql with a .down.sql beside it.`
      )
      assert.strictEqual(
        yield* refusal({ "1_a.up.sql": "", "1_b.down.sql": "" }),
        `Migration of "files" failed: 1_b.down.sql has no file for the way up. Give both the same number and name.`
      )
    }))

  it.effect("is refused when it is not there or when a file is no text", () =>
    Effect.gen(function*() {
      const { message } = yield* Effect.flip(load({ name: "files", folder: "/nowhere/at/all" }))
      assert.strictEqual(
        message,
        `Migration of "files" failed: its folder cannot be read: ENOENT: no such file or directory, scandir '/nowhere/at/all'. ` +
          "Name the folder with its .sql files; `heptad migrate create <name>` makes one."
      )
      assert.strictEqual(
        yield* refusal({ "1_a.sql": Buffer.from([0xff, 0xfe, 0x41]) }),
        `Migration of "files" at 1_a.sql failed: The encoded data was not valid for encoding utf-8. Make it a readable UTF-8 text.`
      )
    }))

  it("takes no other name for a migration", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 40 }), (text) => {
      const found = nameOf(`${text}.sql`)
      if (found === undefined) return
      assert.isAbove(found.id, 0)
      assert.match(found.name, /^[A-Za-z0-9][\w.-]*$/)
    }))
    for (const file of ["0_a.sql", "1_.sql", "-1_a.sql", "1_a.SQL", "1_../a.sql", "1_a b.sql", "12345678901_a.sql"]) {
      assert.isUndefined(nameOf(file), file)
    }
  })
})
