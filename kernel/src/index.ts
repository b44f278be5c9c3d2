/** The public face of the kernel. */
export * as Contract from "./Contract.ts"
export { Deployment } from "./Deployment.ts"
export * from "./errors.ts"
export * as Kernel from "./Kernel.ts"
export {
  type DrainHook,
  type DrainPhase,
  Lifecycle,
  type LifecycleEvent,
  type Phase,
  type PluginState,
  type PluginStatus
} from "./Lifecycle.ts"
export * as Plugin from "./Plugin.ts"
export * as PluginGraph from "./PluginGraph.ts"
export * as Setting from "./Setting.ts"
export * as Settings from "./Settings.ts"
export * as SettingTypes from "./SettingTypes.ts"
