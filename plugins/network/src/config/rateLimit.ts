/** Settings `network.rate_limit`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { Range } from "./ranges.ts"

/** Header names are tokens (RFC 9110 section 5.6.2). */
const Key = Schema.String.check(
  Schema.makeFilter((key) =>
    /^(?:ip|user|route|header:[!#$%&'*+.^_`|~\w-]+)$/.test(key) || `Expected "ip", "user", "route" or "header:<name>"`
  )
)

const Keys = SettingTypes.list(Key).check(
  Schema.makeFilter((keys) => keys.length > 0 || `Expected at least one of "ip", "user", "route", "header:<name>"`)
)

/** It stands in header fields as it is written, between quotation marks. */
const RoutePattern = Schema.String.check(
  Schema.makeFilter((route) =>
    /^(?:[A-Z]+ )?(?:\*|\/[!#-[\]-~]*)$/.test(route) ||
    `Expected a route such as "POST /orders", "/orders/:id" or "/admin/*"`
  )
)

const RouteLimit = Schema.Struct({
  route: Setting.item(RoutePattern, {
    description: "Template of the route, with its method or for all; /* at the end is for everything below too."
  }),
  requests_per_second: Setting.item(SettingTypes.Rate, { description: "As rate_limit.requests_per_second." }),
  burst: Setting.item(SettingTypes.int(1), { description: "As rate_limit.burst." })
})

const isRedis = (url: string): boolean => /^rediss?:$/.test(URL.parse(url)?.protocol ?? "")

/** Holds a password mostly, so a fault does not show it. */
const RedisUrl = Schema.String.check(
  Schema.makeFilter((url) =>
    isRedis(url) || `Expected a URL such as "redis://:\${REDIS_PASSWORD}@redis.example.com:6379"`
  )
)

const Redis = Setting.section({
  url: Setting.field(Schema.RedactedFromValue(RedisUrl), "redis://127.0.0.1:6379", {
    description:
      "Where the server is, with user and password; rediss:// for TLS, checked against the authorities of Node."
  }),
  prefix: Setting.field(Schema.NonEmptyString, "heptad:rate_limit:", {
    description: "Keys begin with it; the rest is a digest, so Redis sees no addresses and no header values.",
    reloadable: true
  }),
  timeout: Setting.field(SettingTypes.Pause, "50ms", {
    description: "Longest wait of a request for the answer.",
    unit: "duration",
    reloadable: true
  }),
  on_failure: Setting.field(Schema.Literals(["local", "allow", "deny"]), "local", {
    description:
      "What a request gets without an answer: what the buckets of this process say, passage uncounted, or 429.",
    reloadable: true
  })
})

export const RateLimit = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description: "Answer 429 to clients that ask more often.",
    reloadable: true
  }),
  requests_per_second: Setting.field(SettingTypes.Rate, 1000, {
    description: "Requests per second of one client in the long run; 30/m for so many a minute, 5/h an hour.",
    reloadable: true
  }),
  burst: Setting.field(SettingTypes.int(1), 2000, {
    description: "Requests of one client that may come at once after a pause.",
    reloadable: true
  }),
  strategy: Setting.field(Schema.Literals(["token_bucket", "leaky_bucket"]), "token_bucket", {
    description:
      "How it is counted. Both let the same requests pass; leaky_bucket (GCRA) keeps one number per client " +
      "instead of two.",
    reloadable: true
  }),
  key: Setting.field(Keys, ["ip"], {
    description: "What makes two requests those of one client, all of it together: ip (of IPv6 the /64 network), " +
      "user (the principal; ip where there is none), route (method and template), header:<name>.",
    reloadable: true
  }),
  routes: Setting.field(Schema.Array(RouteLimit), [], {
    description: "Routes with limits of their own; their requests count there only. The most exact one wins.",
    reloadable: true
  }),
  max_keys: Setting.field(SettingTypes.int(1, 10_000_000), 100_000, {
    description: "Clients that are remembered of each limit; the ones that have nearly no debt are forgotten first.",
    reloadable: true
  }),
  store: Setting.field(Schema.Literals(["memory", "redis"]), "memory", {
    description: "Where the buckets are: with the processes of this machine, or in a Redis that several machines share."
  }),
  redis: Redis,
  exempt: Setting.field(SettingTypes.list(Range), [], {
    description: "Client addresses and ranges that are not limited.",
    reloadable: true
  }),
  headers: Setting.field(SettingTypes.Boolean, true, {
    description: "Tell clients on every answer what is left, by RateLimit and RateLimit-Policy.",
    reloadable: true
  })
})
