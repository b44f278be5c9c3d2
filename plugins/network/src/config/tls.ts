/** Settings `network.tls`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const TlsVersion = Schema.Literals(["TLSv1.2", "TLSv1.3"])

const ServerName = Schema.Struct({
  names: Setting.optional(SettingTypes.list(Schema.NonEmptyString), {
    description: "Names that it is shown for, `*.` for one label. Default: those that the certificate is made out for."
  }),
  cert_file: Setting.item(Schema.NonEmptyString, { description: "PEM file of the certificate chain." }),
  key_file: Setting.item(Schema.NonEmptyString, { description: "PEM file of the private key." }),
  ocsp_file: Setting.optional(Schema.NonEmptyString, { description: "DER file of an OCSP response, stapled as it is." })
})

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
  ocsp_file: Setting.optional(Schema.NonEmptyString, {
    description:
      "DER file of an OCSP response for the certificate, stapled for clients that ask. Left out once it is " +
      "outdated; somebody else has to renew it."
  }),
  server_names: Setting.field(Schema.Array(ServerName), [], {
    description: "Further certificates, for clients that ask for one of their names (SNI). Others see cert_file."
  }),
  ca_file: Setting.optional(Schema.NonEmptyString, {
    description: "PEM file of the authorities that client certificates are checked against."
  }),
  verify_client: Setting.field(SettingTypes.Boolean, false, {
    description: "Refuse clients without a certificate signed by an authority of ca_file."
  }),
  verify_depth: Setting.optional(SettingTypes.int(0), {
    description: "Most intermediate authorities between a client certificate and the authority of ca_file; " +
      "0: signed by that one itself. Default: as many as OpenSSL allows, 100."
  }),
  min_version: Setting.field(TlsVersion, "TLSv1.2", { description: "Oldest TLS version." }),
  max_version: Setting.field(TlsVersion, "TLSv1.3", { description: "Newest TLS version." }),
  ciphers: Setting.optional(SettingTypes.list(Schema.NonEmptyString), {
    description:
      "Cipher suites by IANA or OpenSSL name, the preferred first; an unknown name fails the start. Where none is " +
      "of TLS 1.3, those of TLS 1.3 are added. Default: suites with forward secrecy and authenticated encryption."
  }),
  http2: Setting.field(SettingTypes.Boolean, false, {
    description: "Speak HTTP/2 with clients that offer it (ALPN), HTTP/1.1 with all others."
  }),
  auto_reload: Setting.field(SettingTypes.Boolean, true, {
    description: "Take renewed certificates, keys, authorities and OCSP responses without a restart."
  }),
  reload_interval: Setting.field(SettingTypes.Pause, "24h", {
    description:
      "How often the files are read although no change was noticed, and the keys of session tickets replaced.",
    unit: "duration"
  })
})
