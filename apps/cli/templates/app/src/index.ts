/** The app: a list of plugins, nothing else. The compiler says when one is missing. */
import { CommonPlugin } from "@heptad/common/plugin"
import { Kernel, type Plugin } from "@heptad/kernel"
import { LoggerPlugin } from "@heptad/logger/plugin"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import { NetworkPlugin } from "@heptad/network/plugin"

export const plugins = [
  LoggerPlugin,
  CommonPlugin,
  MonitoringPlugin,
  NetworkPlugin
] as const satisfies ReadonlyArray<Plugin.Any>

export const layer = Kernel.layer(plugins)
