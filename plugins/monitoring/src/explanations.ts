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
  }
})
