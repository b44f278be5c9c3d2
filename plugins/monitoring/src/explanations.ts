/** The errors of monitoring, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  PortTaken: {
    title: "The port for health or metrics is in use",
    cause: "The app runs already, or Prometheus itself or another exporter listens on 9090 or 9091.",
    remedy: "Find the process with ss -ltnp (macOS: lsof -i :9090) and stop it, or choose other ports with " +
      "MONITORING_HEALTH_PORT and MONITORING_PROMETHEUS_PORT.",
    code: "network.bind_failed"
  },
  BindFailed: {
    title: "The port for health or metrics cannot be opened",
    cause: "EADDRNOTAVAIL: this machine does not have the address. EACCES: no right to a port below 1024.",
    remedy: "Set monitoring.health.bind_address and monitoring.prometheus.bind_address to 127.0.0.1 or 0.0.0.0, " +
      "and take ports from 1024 on.",
    code: "network.bind_failed"
  },
  EndpointTaken: {
    title: "Health and metrics want the same path",
    cause: "Both were put on one port, and one of the two paths was changed to that of the other.",
    remedy: "Change monitoring.prometheus.endpoint or monitoring.health.endpoint, or give them different ports.",
    code: "common.invalid_argument"
  },
  AuditUnwritable: {
    title: "The audit log cannot be written",
    cause:
      "The disk of the data directory is full, or audit.log there is a folder or belongs to somebody else. What would " +
      "not stand in the log is not done.",
    remedy: "Free the disk or repair audit.log, then ask again. A stop by SIGTERM needs no audit log.",
    code: "common.io_error"
  }
})
