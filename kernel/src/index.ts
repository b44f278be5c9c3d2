/** The public face of the kernel. */
export * as Contract from "./Contract.ts"
export * from "./errors.ts"
export * as Kernel from "./Kernel.ts"
export { type DrainHook, type DrainPhase, Lifecycle, type LifecycleEvent, type Phase } from "./Lifecycle.ts"
export type { PluginState, PluginStatus } from "./Lifecycle.ts"
export * as Plugin from "./Plugin.ts"
export * as PluginGraph from "./PluginGraph.ts"
export * as Settings from "./Settings.ts"
