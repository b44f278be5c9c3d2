/** The public face of monitoring. */
export { MonitoringConfig } from "./config.ts"
export { MonitoringContract } from "./contract.ts"
export { AuditUnwritable, BindFailed, EndpointTaken, PortTaken } from "./errors.ts"
export { type Address, Monitoring } from "./Monitoring.ts"
