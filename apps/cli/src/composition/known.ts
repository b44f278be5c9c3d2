/** The plugins that ship with the command, by the name that settings call them. None is loaded before it is asked for. */
import type { Plugin } from "@heptad/kernel"

/** The lists of the settings. */
export type List = "systems" | "applications"

type Load = () => Promise<Plugin.Any>

interface Known {
  readonly list: List
  /** Name of the contract that it keeps. */
  readonly contract: string
  readonly load: Load
}

const system = (name: string, load: Load): readonly [string, Known] => [
  name,
  { list: "systems", contract: name, load }
]

const application = (name: string, contract: string, load: Load): readonly [string, Known] => [
  name,
  { list: "applications", contract, load }
]

export const known: ReadonlyMap<string, Known> = new Map([
  system("common", () => import("@heptad/common/plugin").then(({ CommonPlugin }) => CommonPlugin)),
  system("thread", () => import("@heptad/thread/plugin").then(({ ThreadPlugin }) => ThreadPlugin)),
  system("container", () => import("@heptad/container/plugin").then(({ ContainerPlugin }) => ContainerPlugin)),
  system("logger", () => import("@heptad/logger/plugin").then(({ LoggerPlugin }) => LoggerPlugin)),
  system("monitoring", () => import("@heptad/monitoring/plugin").then(({ MonitoringPlugin }) => MonitoringPlugin)),
  system("database", () => import("@heptad/database/plugin").then(({ DatabasePlugin }) => DatabasePlugin)),
  system("network", () => import("@heptad/network/plugin").then(({ NetworkPlugin }) => NetworkPlugin)),
  application(
    "accounts",
    "permissions",
    () => import("@heptad/accounts/plugin").then(({ AccountsPlugin }) => AccountsPlugin)
  ),
  application("orders", "orders", () => import("@heptad/orders/plugin").then(({ OrdersPlugin }) => OrdersPlugin))
])

/** What a plugin that nobody here knows is: somebody's domain. */
export const listOf = (name: string): List => known.get(name)?.list ?? "applications"

export const namesOf = (list: List): ReadonlyArray<string> =>
  [...known].filter(([, entry]) => entry.list === list).map(([name]) => name)
