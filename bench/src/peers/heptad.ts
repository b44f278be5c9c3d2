/**
 * Ours, as a user composes it: four plugins and an HttpApi of two routes.
 * `node --conditions=source heptad.ts <port> <data folder> <metrics port> [switches]`
 */
import * as NodeRuntime from "@effect/platform-node/NodeRuntime"
import { CommonPlugin } from "@heptad/common/plugin"
import { Kernel } from "@heptad/kernel"
import { settings } from "@heptad/kernel/testing"
import { LoggerPlugin } from "@heptad/logger/plugin"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Effect from "effect/Effect"
import { BenchPlugin, chosen } from "./heptadApp.ts"

const plugins = [LoggerPlugin, MonitoringPlugin, CommonPlugin, NetworkPlugin, BenchPlugin] as const

NodeRuntime.runMain(Effect.provide(Kernel.launch(plugins), settings(chosen)), { teardown: Kernel.teardown })
