import { assert, it } from "@effect/vitest"
import type { Plugin } from "@heptad/kernel"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import * as Effect from "effect/Effect"

const needs = (section: unknown, expected: ReadonlyArray<Plugin.Need>) =>
  Effect.map(MonitoringPlugin.prepare(section, "error"), (prepared) => assert.deepStrictEqual(prepared.needs, expected))

const health = { kind: "port", what: "127.0.0.1:9090", key: "monitoring.health.port" } as const

it.effect("two ports by default", () =>
  needs({}, [health, { kind: "port", what: "127.0.0.1:9091", key: "monitoring.prometheus.port" }]))

it.effect("one port when both pages share it", () => needs({ prometheus: { port: 9090 } }, [health]))

it.effect("no port for what is switched off", () =>
  needs({ health: { enabled: false }, metrics: { enabled: false } }, []))
