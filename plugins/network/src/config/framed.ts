/** Settings `network.framed`: the server for containers in frames. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

export const Framed = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, { description: "Listen for framed requests." }),
  bind_address: Setting.field(Schema.NonEmptyString, "127.0.0.1", {
    description: "Address to listen on; 0.0.0.0 listens on every interface."
  }),
  port: Setting.field(SettingTypes.Port, 8082, {
    description: "Port to listen on; 0 lets the operating system choose."
  }),
  tls: Setting.field(SettingTypes.Boolean, false, {
    description: "Speak TLS with the files, versions and client check of network.tls, whether HTTP does so or not."
  }),
  max_connections: Setting.field(SettingTypes.int(1), 1000, {
    description: "Open connections of this process; further ones are closed at once.",
    reloadable: true
  }),
  max_connections_per_ip: Setting.field(SettingTypes.int(1), 100, {
    description: "Open connections of one client address; further ones are closed at once.",
    reloadable: true
  }),
  max_frame_size: Setting.field(SettingTypes.Bytes, "1MB", {
    description: "Largest payload of a frame, either way. A larger one ends the connection before it is read.",
    unit: "bytes",
    reloadable: true
  }),
  max_in_flight: Setting.field(SettingTypes.int(1, 65_535), 128, {
    description: "Requests of one connection that are worked on at a time; meanwhile nothing more is read from it.",
    reloadable: true
  }),
  write_high_water_mark: Setting.field(SettingTypes.Bytes, "256KB", {
    description: "Replies that a client has not taken; beyond it nothing more is read from it.",
    unit: "bytes",
    reloadable: true
  }),
  handshake_timeout: Setting.field(SettingTypes.Duration, "10s", {
    description: "From the connection to its first whole frame, TLS included.",
    unit: "duration"
  }),
  read_timeout: Setting.field(SettingTypes.Duration, "30s", {
    description: "For a frame to arrive, from its first byte to its last.",
    unit: "duration"
  }),
  write_timeout: Setting.field(SettingTypes.Duration, "30s", {
    description: "A client that takes no byte of a waiting reply for this long is disconnected.",
    unit: "duration"
  }),
  heartbeat_interval: Setting.field(SettingTypes.Pause, "15s", {
    description: "A client that was silent for this long is pinged.",
    unit: "duration"
  }),
  heartbeat_timeout: Setting.field(SettingTypes.Pause, "10s", {
    description: "For a pinged client to send anything; else it is disconnected.",
    unit: "duration"
  }),
  idle_timeout: Setting.field(SettingTypes.Pause, "10m", {
    description: "A connection without a request for this long is closed in good order.",
    unit: "duration"
  }),
  access_log: Setting.field(SettingTypes.Boolean, false, {
    description: "One log line per answered request.",
    reloadable: true
  })
})
