/** Every system and the sample domain in one process: a list of plugins, nothing else. */
import { AccountsPlugin } from "@heptad/accounts/plugin"
import { CommonPlugin } from "@heptad/common/plugin"
import { ContainerPlugin } from "@heptad/container/plugin"
import { DatabasePlugin } from "@heptad/database/plugin"
import { Kernel, type Plugin } from "@heptad/kernel"
import { LoggerPlugin } from "@heptad/logger/plugin"
import { MonitoringPlugin } from "@heptad/monitoring/plugin"
import { NetworkPlugin } from "@heptad/network/plugin"
import { OrdersPlugin } from "@heptad/orders/plugin"
import { ThreadPlugin } from "@heptad/thread/plugin"

export const plugins = [
  LoggerPlugin,
  CommonPlugin,
  MonitoringPlugin,
  ThreadPlugin,
  ContainerPlugin,
  DatabasePlugin,
  NetworkPlugin,
  AccountsPlugin,
  OrdersPlugin
] as const satisfies ReadonlyArray<Plugin.Any>

export const layer = Kernel.layer(plugins)
