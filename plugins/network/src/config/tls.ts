/** Settings `network.tls`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const reloadLater = "certificates are read at start only; restart to renew them"

const TlsVersion = Schema.Literals(["TLSv1.2", "TLSv1.3"])

export const Tls = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description: "Serve HTTPS instead of HTTP. The start fails when the files cannot be used.",
    env: ["NETWORK_TLS_ENABLED"]
  }),
  cert_file: Setting.optional(Schema.NonEmptyString, {
    description: "PEM file of the certificate chain.",
    env: ["NETWORK_TLS_CERT"]
  }),
  key_file: Setting.optional(Schema.NonEmptyString, {
    description: "PEM file of the private key.",
    env: ["NETWORK_TLS_KEY"]
  }),
  ca_file: Setting.optional(Schema.NonEmptyString, {
    description: "PEM file of the authorities that client certificates are checked against."
  }),
  verify_client: Setting.field(SettingTypes.Boolean, false, {
    description: "Refuse clients without a certificate signed by an authority of ca_file."
  }),
  verify_depth: Setting.optional(SettingTypes.int(1), {
    description: "Longest chain of a client certificate.",
    notApplied: "Node has no option for it"
  }),
  min_version: Setting.field(TlsVersion, "TLSv1.2", { description: "Oldest TLS version." }),
  max_version: Setting.field(TlsVersion, "TLSv1.3", { description: "Newest TLS version." }),
  ciphers: Setting.optional(SettingTypes.list(Schema.NonEmptyString), {
    description: "Cipher suites by IANA or OpenSSL name; an unknown name fails the start. Default: Node's list."
  }),
  auto_reload: Setting.optional(SettingTypes.Boolean, {
    description: "Load renewed certificates.",
    notApplied: reloadLater
  }),
  reload_interval: Setting.optional(SettingTypes.Duration, {
    description: "How often to look for renewed certificates.",
    unit: "duration",
    notApplied: reloadLater
  })
})
