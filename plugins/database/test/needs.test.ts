import { assert, it } from "@effect/vitest"
import { DatabasePlugin } from "@heptad/database/plugin"
import type { Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"

const needs = (primary: unknown, expected: ReadonlyArray<Plugin.Need>) =>
  Effect.map(
    DatabasePlugin.prepare({ connections: { primary } }, "error"),
    (prepared) => assert.deepStrictEqual(prepared.needs, expected)
  )

const host = "database.connections.primary.host"

it.effect("the embedded server needs its directory", () =>
  needs({}, [{ kind: "directory", what: "postgres, below common.data_dir", key: host }]))

it.effect("another server needs its host, and its password where one is set, which is not shown", () =>
  needs({ host: "db.example.com", port: 6432, user: "shop", password: "hunter2" }, [
    { kind: "host", what: "db.example.com:6432", key: host },
    {
      kind: "secret",
      what: "password of shop at db.example.com:6432",
      key: "database.connections.primary.password"
    }
  ]))

it.effect("a unix socket is named by its file, an IPv6 address in brackets", () =>
  Effect.andThen(
    needs({ host: "/run/postgresql" }, [{ kind: "host", what: "/run/postgresql/.s.PGSQL.5432", key: host }]),
    needs({ host: "::1" }, [{ kind: "host", what: "[::1]:5432", key: host }])
  ))
