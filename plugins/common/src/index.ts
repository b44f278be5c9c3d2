/** The public face of common. */
export * as Advice from "./Advice.ts"
export { CommonConfig } from "./config.ts"
export { CommonContract } from "./contract.ts"
export { DataDirectory } from "./DataDirectory.ts"
export { Deployment, PluginName } from "./Deployment.ts"
export * as ErrorCode from "./ErrorCode.ts"
export { ErrorDetail } from "./ErrorDetail.ts"
export { type ErrorCount, ErrorRegistry } from "./ErrorRegistry.ts"
export { DataDirectoryInUse, DataDirectoryUnusable, Unhealthy } from "./errors.ts"
export { EventBus, type Topic, topic } from "./EventBus.ts"
export { FeatureFlags, type Features } from "./FeatureFlags.ts"
export * as FileChanges from "./FileChanges.ts"
export { hangups } from "./Hangup.ts"
export {
  type Criticality,
  type HealthCheck,
  type HealthKind,
  HealthRegistry,
  type HealthResult,
  type HealthStatus
} from "./HealthRegistry.ts"
export { Pace } from "./Pace.ts"
export { type Gauge, Pressure } from "./Pressure.ts"
export { isSecretName, redacted } from "./secretName.ts"
export * as Setting from "./Setting.ts"
export * as SettingsFiles from "./SettingsFiles.ts"
export * as SettingsReference from "./SettingsReference.ts"
export * as SettingTypes from "./SettingTypes.ts"
