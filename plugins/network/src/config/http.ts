/** Settings `network.http`: limits of requests, and what is done to answers. */
import { Setting, SettingTypes } from "@heptad/common"
import { Compression, Decompression } from "./compression.ts"
import { Cors } from "./cors.ts"
import { Csrf } from "./csrf.ts"
import { SecurityHeaders } from "./securityHeaders.ts"

export const Http = Setting.section({
  max_request_size: Setting.field(SettingTypes.Bytes, "10MB", {
    description: "Largest request body (else 413), by Content-Length and by counting.",
    unit: "bytes",
    reloadable: true
  }),
  max_header_size: Setting.field(SettingTypes.Bytes, "8KB", {
    description: "Largest request head, URI and header fields together (else 431).",
    unit: "bytes"
  }),
  max_uri_length: Setting.field(SettingTypes.Bytes, "2KB", {
    description: "Longest request URI (else 414).",
    unit: "bytes",
    reloadable: true
  }),
  max_json_depth: Setting.field(SettingTypes.int(1, 10_000), 64, {
    description: "How deep arrays and objects of a JSON body may be nested (else 400).",
    reloadable: true
  }),
  handler_timeout: Setting.field(SettingTypes.Pause, "60s", {
    description: "Time from a complete request to the head of its answer; then the handler is interrupted (503).",
    unit: "duration",
    reloadable: true
  }),
  access_log: Setting.field(SettingTypes.Boolean, true, {
    description: "One log line per answered request.",
    reloadable: true
  }),
  request_id: Setting.field(SettingTypes.Boolean, true, {
    description:
      "Give each request an id and a trace: a sane X-Request-Id and a traceparent of the client, else new ones."
  }),
  metrics: Setting.field(SettingTypes.Boolean, true, { description: "Count and time each answer." }),
  security_headers: SecurityHeaders,
  compression: Compression,
  decompression: Decompression,
  cors: Cors,
  csrf: Csrf
})
