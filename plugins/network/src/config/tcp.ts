/** Settings `network.tcp`: the port, and limits of connections. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

/** Elsewhere Node refuses to listen with it. */
export const reusePortPlatforms = ["linux", "freebsd"]

export const Tcp = Setting.section({
  bind_address: Setting.field(Schema.NonEmptyString, "127.0.0.1", {
    description: "Address to listen on; 0.0.0.0 listens on every interface.",
    env: ["NETWORK_BIND_ADDRESS", "KCENON_BIND_ADDRESS"]
  }),
  port: Setting.field(SettingTypes.Port, 8080, {
    description: "Port to listen on; 0 lets the operating system choose.",
    env: ["NETWORK_PORT", "KCENON_HTTP_PORT"]
  }),
  backlog: Setting.field(SettingTypes.int(1, 65_535), 1024, {
    description: "Connections that wait to be accepted; the operating system may cap it (net.core.somaxconn)."
  }),
  max_connections: Setting.field(SettingTypes.int(1), 10_000, {
    description: "Open connections of this process; further ones are closed at once.",
    env: ["NETWORK_MAX_CONNECTIONS"],
    reloadable: true
  }),
  max_connections_per_ip: Setting.field(SettingTypes.int(1), 1000, {
    description: "Open connections of one client address; further ones are closed at once. " +
      "Behind a balancer every client has the balancer's address.",
    reloadable: true
  }),
  connection_timeout: Setting.field(SettingTypes.Duration, "30s", {
    description: "Time for the TLS handshake, and for the complete head of a request (else 408).",
    unit: "duration"
  }),
  read_timeout: Setting.field(SettingTypes.Duration, "60s", {
    description: "Time for a whole request, body included, to arrive (else 408).",
    unit: "duration",
    reloadable: true
  }),
  write_timeout: Setting.field(SettingTypes.Duration, "60s", {
    description: "A client that takes no byte of a waiting answer for this long is disconnected.",
    unit: "duration",
    reloadable: true
  }),
  keepalive_timeout: Setting.field(SettingTypes.Duration, "120s", {
    description: "How long an idle connection is kept for the next request.",
    unit: "duration",
    reloadable: true
  }),
  tcp_nodelay: Setting.field(SettingTypes.Boolean, true, { description: "Send small packets at once." }),
  tcp_quickack: Setting.optional(SettingTypes.Boolean, {
    description: "Acknowledge packets at once.",
    notApplied: "Node has no TCP_QUICKACK; use: ip route change ... quickack 1"
  }),
  so_reuseaddr: Setting.optional(SettingTypes.Boolean, {
    description: "Bind although old connections of the port linger.",
    notApplied: "the runtime always sets it on Unix and cannot unset it"
  }),
  so_reuseport: Setting.field(SettingTypes.Boolean, false, {
    description: "Let several processes bind the port. A taken port is then not noticed.",
    platform: reusePortPlatforms
  })
})
