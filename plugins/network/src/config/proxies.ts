/** Settings `network.proxies`: who may tell the address of a client. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { TrustedRange } from "./ranges.ts"

export const Proxies = Setting.section({
  trusted: Setting.field(SettingTypes.list(TrustedRange), [], {
    description: "Addresses and ranges of your own proxies and balancers; what others tell about clients is ignored.",
    reloadable: true
  }),
  headers: Setting.field(Schema.Literals(["x-forwarded", "forwarded"]), "x-forwarded", {
    description: "Where trusted proxies tell client, protocol and host: X-Forwarded-For, -Proto and -Host, " +
      "or Forwarded (RFC 7239).",
    reloadable: true
  }),
  proxy_protocol: Setting.field(Schema.Literals(["off", "v1", "v2", "any"]), "off", {
    description: "Expect a PROXY protocol header first on every connection, and close connections of everybody " +
      "who is not trusted."
  })
})
