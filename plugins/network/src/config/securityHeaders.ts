/** Settings `network.http.security_headers`: what helmet sends, each value to be changed or, as an empty text, left out. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

/** A line break would end the field and begin another one. */
const FieldValue = Schema.String.check(
  Schema.makeFilter((text) =>
    /^(?:[!-~](?:[ -~]*[!-~])?)?$/.test(text) || "Expected printable ASCII without line breaks and outer spaces"
  )
)

const value = (fallback: string, description: string) =>
  Setting.field(FieldValue, fallback, { description, reloadable: true })

/**
 * Helmet's, but for `upgrade-insecure-requests`: browsers obey it on plain HTTP as well, where a page of this server could then not
 * call it any more.
 */
const policy = [
  "default-src 'self'",
  "base-uri 'self'",
  "font-src 'self' https: data:",
  "form-action 'self'",
  "frame-ancestors 'self'",
  "img-src 'self' data:",
  "object-src 'none'",
  "script-src 'self'",
  "script-src-attr 'none'",
  "style-src 'self' https: 'unsafe-inline'"
].join("; ")

export const SecurityHeaders = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, {
    description: "Header fields that keep browsers from guessing, on every answer. An empty text leaves one out.",
    reloadable: true
  }),
  content_security_policy: value(policy, "Content-Security-Policy: where a page of this server may load from."),
  cross_origin_opener_policy: value("same-origin", "Cross-Origin-Opener-Policy: who shares a window group."),
  cross_origin_resource_policy: value(
    "same-origin",
    "Cross-Origin-Resource-Policy: whose pages may embed answers; CORS is not affected."
  ),
  origin_agent_cluster: value("?1", "Origin-Agent-Cluster: a process for this origin alone."),
  referrer_policy: value("no-referrer", "Referrer-Policy: what pages tell about where a visitor came from."),
  strict_transport_security: value(
    "max-age=31536000; includeSubDomains",
    "Strict-Transport-Security: only HTTPS from now on. Sent over TLS: while network.tls is enabled, or a trusted proxy " +
      "says that its client came by HTTPS."
  ),
  x_content_type_options: value("nosniff", "X-Content-Type-Options: the media type is as told."),
  x_dns_prefetch_control: value("off", "X-DNS-Prefetch-Control: no look-ups for links."),
  x_download_options: value("noopen", "X-Download-Options: old browsers do not open downloads in this origin."),
  x_frame_options: value("SAMEORIGIN", "X-Frame-Options: who may show pages in a frame, for old browsers."),
  x_permitted_cross_domain_policies: value(
    "none",
    "X-Permitted-Cross-Domain-Policies: nothing for Flash and PDF readers."
  ),
  x_xss_protection: value("0", "X-XSS-Protection: off, because the filters of old browsers opened holes.")
})
