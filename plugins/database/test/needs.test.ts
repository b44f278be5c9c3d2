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

const further =
  "which of the servers is the primary is asked; one that is promoted gets the writes, nothing is promoted"

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

it.effect("further servers are needed once each, and the plan says that nothing is promoted", () =>
  Effect.map(
    DatabasePlugin.prepare({
      ha: { read_replicas: { endpoints: ["b", "c:6432"] } },
      connections: { primary: { host: "a" }, replicas: [{ host: "b" }] }
    }, "error"),
    (prepared) =>
      assert.deepStrictEqual(prepared.needs.map(({ how, key, what }) => [what, key, how]), [
        ["a:5432", host, undefined],
        ["b:5432", "database.connections.replicas", further],
        ["c:6432", "database.ha.read_replicas.endpoints", further]
      ])
  ))
