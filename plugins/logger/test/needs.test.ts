import { assert, it } from "@effect/vitest"
import type { Plugin } from "@heptad/kernel"
import { LoggerPlugin } from "@heptad/logger/plugin"
import * as Effect from "effect/Effect"

const needs = (section: unknown, expected: ReadonlyArray<Plugin.Need>) =>
  Effect.map(LoggerPlugin.prepare(section, "error"), (prepared) => assert.deepStrictEqual(prepared.needs, expected))

it.effect("the console needs nothing", () => needs({}, []))

it.effect("file sinks need their directories, each one once", () =>
  needs(
    { sinks: [{ type: "file", path: "/logs/a.log" }, { type: "console" }, { type: "file", path: "/logs/b.log" }] },
    [
      { kind: "directory", what: "/logs", key: "logger.sinks" }
    ]
  ))

it.effect("file_path decides over the path of the first file sink", () =>
  needs({ file_path: "/elsewhere/app.log", sinks: [{ type: "file", path: "/logs/a.log" }] }, [
    { kind: "directory", what: "/elsewhere", key: "logger.file_path" }
  ]))
