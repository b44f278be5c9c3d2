/** Which servers there are, and how this app logs in to them. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const { Port, Secret } = SettingTypes

const SslMode = Schema.Literals(["disable", "prefer", "require", "verify-ca", "verify-full"])

const Replica = Schema.Struct({
  host: Setting.item(Schema.NonEmptyString, { description: "Name or address of the replica." }),
  port: Setting.optional(Port, { description: "Its port. Default: 5432." }),
  database: Setting.optional(Schema.String, { description: "Name of the database. Default: that of the primary." }),
  user: Setting.optional(Schema.String, { description: "Role to log in as. Default: that of the primary." }),
  password: Setting.optional(Secret, { description: "Its password. Default: that of the primary.", secret: true }),
  ssl_mode: Setting.optional(SslMode, { description: "As for the primary. Default: that of the primary." }),
  ssl_root_cert: Setting.optional(Schema.NonEmptyString, {
    description: "As for the primary. Default: that of the primary."
  })
})

const Primary = Setting.section({
  host: Setting.optional(Schema.NonEmptyString, {
    description: "Name or address, or the absolute folder of a unix socket. Without it the embedded server runs.",
    env: ["DB_PRIMARY_HOST", "DB_HOST", "KCENON_DB_HOST"]
  }),
  port: Setting.field(Port, 5432, { description: "Port of the server.", env: ["DB_PRIMARY_PORT"] }),
  database: Setting.field(Schema.NonEmptyString, "heptad", {
    description: "Name of the database; the embedded server creates it.",
    env: ["DB_PRIMARY_NAME"]
  }),
  user: Setting.field(Schema.NonEmptyString, "heptad", {
    description: "Role to log in as; the embedded server always uses `heptad`.",
    env: ["DB_PRIMARY_USER"]
  }),
  password: Setting.optional(Secret, {
    description:
      "Its password; the embedded server has a generated one. Sessions that are open stay; when the server refuses " +
      "it, the settings are read again.",
    env: ["DB_PASSWORD", "DATABASE_PASSWORD"],
    secret: true,
    reloadable: true
  }),
  ssl_mode: Setting.field(SslMode, "prefer", {
    description:
      "As in libpq. prefer: TLS when the server has it. require: TLS, any certificate. verify-ca: a known authority " +
      "signed it (ssl_root_cert). verify-full: and it names the host.",
    env: ["DB_SSL_MODE"]
  }),
  ssl_root_cert: Setting.optional(Schema.NonEmptyString, {
    description:
      "File with the authorities (PEM) that verify-ca and verify-full trust, or `system`; with it require is " +
      "verify-ca. Default: those that Node knows (NODE_EXTRA_CA_CERTS adds some).",
    env: ["DB_SSL_ROOT_CERT"]
  })
})

export const Connections = Setting.section({
  primary: Primary,
  replicas: Setting.optional(Schema.Array(Replica), {
    description:
      "Further servers, with credentials of their own where they differ from the primary's. Which of all is " +
      "the primary is asked, not believed."
  })
})
