/** Settings `network.http.csrf`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { Origin } from "./origin.ts"

const Name = Schema.String.check(
  Schema.makeFilter((text) => /^[\w-]+$/.test(text) || "Expected a name of letters, digits, _ and -")
)

export const Csrf = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description:
      "Refuse (403) requests that carry cookies and change something, unless a page of this server sent them.",
    reloadable: true
  }),
  trusted_origins: Setting.field(SettingTypes.list(Origin), [], {
    description: "Other origins whose pages may send such requests, beside those that CORS allows with credentials. " +
      "Behind a proxy that changes Host also the public origin of this server.",
    reloadable: true
  }),
  token: Setting.section({
    enabled: Setting.field(SettingTypes.Boolean, false, {
      description:
        "Of a client that tells no origin at all, take a token instead: the same one in a cookie and a header.",
      reloadable: true
    }),
    cookie: Setting.field(Name, "__Host-csrf", {
      description: "Name of that cookie; the app sets it.",
      reloadable: true
    }),
    header: Setting.field(Name, "X-CSRF-Token", { description: "Name of that header.", reloadable: true })
  })
})
