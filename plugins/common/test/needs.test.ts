import { assert, it } from "@effect/vitest"
import { CommonPlugin } from "@heptad/common/plugin"
import type { Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"

const needs = (section: unknown, expected: ReadonlyArray<Plugin.Need>) =>
  Effect.map(CommonPlugin.prepare(section, "error"), (prepared) => assert.deepStrictEqual(prepared.needs, expected))

const dataDirectory = { kind: "directory", what: ".heptad", key: "common.data_dir" } as const

it.effect("common needs its data directory", () => needs({}, [dataDirectory]))

it.effect("an error registry that is kept below the data directory needs nothing more", () =>
  needs({ error_handling: { error_registry: { persist: true } } }, [dataDirectory]))

it.effect("an error registry that is kept elsewhere needs that directory", () =>
  needs({ error_handling: { error_registry: { persist: true, path: "/var/lib/app/errors.json" } } }, [
    dataDirectory,
    { kind: "directory", what: "/var/lib/app", key: "common.error_handling.error_registry.path" }
  ]))
