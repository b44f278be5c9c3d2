/** Settings `network.websocket`: limits of WebSockets, which share the HTTP port. */
import { Setting, SettingTypes } from "@heptad/common"
import { OriginOrAny } from "./origin.ts"

const Deflate = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description: "Compress messages (permessage-deflate) for clients that offer it; costs memory and time per message."
  }),
  min_size: Setting.field(SettingTypes.Bytes, "1KB", {
    description: "Smallest message that is compressed.",
    unit: "bytes"
  }),
  concurrency: Setting.field(SettingTypes.int(1), 10, {
    description: "Messages that are compressed or expanded at the same time; further ones wait."
  })
})

export const WebSocket = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, {
    description: "Open WebSockets for routes that ask for it, else 501.",
    reloadable: true
  }),
  allowed_origins: Setting.field(SettingTypes.list(OriginOrAny), [], {
    description:
      "Origins whose pages may open WebSockets (else 403), beside this server's own and those of CORS; `*` " +
      "is everybody. Browsers send cookies along. Clients that name no origin are no browsers, and pass.",
    reloadable: true
  }),
  max_connections: Setting.field(SettingTypes.int(1), 5000, {
    description: "Open WebSockets of this process; further ones get 503.",
    reloadable: true
  }),
  handshake_timeout: Setting.field(SettingTypes.Pause, "10s", {
    description: "Time for a handler to open the WebSocket that a client asks for (else 504).",
    unit: "duration",
    reloadable: true
  }),
  max_message_size: Setting.field(SettingTypes.Bytes, "1MB", {
    description: "Largest message of a client, after expansion (else close code 1009).",
    unit: "bytes",
    reloadable: true
  }),
  max_buffered: Setting.field(SettingTypes.Bytes, "1MB", {
    description: "Bytes that may wait for a slow client when one more message is sent to it, else it is cut off. " +
      "Handlers that send one message after the other wait long before.",
    unit: "bytes",
    reloadable: true
  }),
  ping_interval: Setting.field(SettingTypes.Pause, "30s", {
    description: "A client that has been quiet for this long is pinged.",
    unit: "duration",
    reloadable: true
  }),
  pong_timeout: Setting.field(SettingTypes.Pause, "10s", {
    description: "A client that does not answer a ping or a close within this time is cut off.",
    unit: "duration",
    reloadable: true
  }),
  compression: Deflate
})
