/** The prebuilt apps: lists of plugins, loaded when one is asked for. */
import type { Plugin } from "@heptad/kernel"

type Load = () => Promise<ReadonlyArray<Plugin.Any>>

export const apps = {
  monolith: () => import("@heptad/monolith").then(({ plugins }) => plugins)
} as const satisfies Record<string, Load>

export type AppName = keyof typeof apps

export const appNames = ["monolith"] as const satisfies ReadonlyArray<AppName>
