/** Settings `network.upstreams`: the services that this app calls, each with the policy of its calls. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"
import { Strategy } from "./loadBalancing.ts"

/** A path in front of the request's own is allowed; credentials, a query or a fragment would be sent to nobody's use. */
const isBase = (text: string): boolean => {
  const url = URL.parse(text)
  return url !== null && /^https?:$/.test(url.protocol) &&
    `${url.username}${url.password}${url.search}${url.hash}` === ""
}

const Endpoint = Schema.String.check(
  Schema.makeFilter((text) =>
    isBase(text) || `Expected an address such as "http://orders:8080", without credentials, query and fragment`
  )
)

const Endpoints = SettingTypes.list(Endpoint).check(
  Schema.makeFilter((all) =>
    all.length > 0 && new Set(all).size === all.length || "Expected at least one address, and each of them once"
  )
)

const Pool = Setting.section({
  connections: Setting.field(SettingTypes.int(1, 10_000), 128, {
    description: "Open connections to each endpoint; one request at a time on each."
  }),
  keepalive_timeout: Setting.field(SettingTypes.Duration, "30s", {
    description: "How long an idle connection is kept; a shorter time that the endpoint asks for wins.",
    unit: "duration"
  })
})

const Tls = Setting.section({
  ca_file: Setting.optional(Schema.NonEmptyString, {
    description:
      "PEM file of the authorities that certificates of the endpoints are checked against. Default: Node's. " +
      "Read at start and when the settings of the upstream change."
  })
})

const Budget = Setting.section({
  ratio: Setting.field(SettingTypes.Percent, "20%", {
    description: "Retries per request, counted over 10 s, so that retries cannot multiply an outage.",
    unit: "percent"
  }),
  min_per_second: Setting.field(SettingTypes.int(0), 1, {
    description: "Retries per second that are allowed beside it, for upstreams that are seldom called."
  })
})

const Retry = Setting.section({
  attempts: Setting.field(SettingTypes.int(1, 10), 3, {
    description: "Tries of one request, the first one included; 1 never tries again."
  }),
  backoff: Setting.field(SettingTypes.Duration, "50ms", {
    description:
      "Longest pause before the second try; twice as long before each further one. The pause is random below it.",
    unit: "duration"
  }),
  max_backoff: Setting.field(SettingTypes.Duration, "1s", {
    description: "Longest pause before any try.",
    unit: "duration"
  }),
  statuses: Setting.field(SettingTypes.list(SettingTypes.int(400, 599)), [429, 502, 503, 504], {
    description: "Answers after which an idempotent request is tried again."
  }),
  errors: Setting.field(SettingTypes.list(Schema.Literals(["connect", "timeout", "closed"])), [
    "connect",
    "timeout",
    "closed"
  ], {
    description:
      "Failures after which it is tried again: no connection, no answer in time, connection closed before the " +
      "end. A request that never left is tried again whether idempotent or not."
  }),
  max_retry_after: Setting.field(SettingTypes.Duration, "5s", {
    description: "A `Retry-After` up to this is waited for; a longer one ends the tries.",
    unit: "duration"
  }),
  budget: Budget
})

const CircuitBreaker = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, { description: "Stop calling an upstream that keeps failing." }),
  failure_rate: Setting.field(SettingTypes.Percent, "50%", {
    description: "Failed requests of the window that open the circuit.",
    unit: "percent"
  }),
  window: Setting.field(SettingTypes.Pause, "10s", {
    description: "How far back the rate looks.",
    unit: "duration"
  }),
  minimum_requests: Setting.field(SettingTypes.int(1), 20, {
    description: "Requests of the window below which the rate opens nothing."
  }),
  consecutive_failures: Setting.field(SettingTypes.int(1), 10, {
    description: "Failures without a success between them that open it, whatever the rate."
  }),
  open_time: Setting.field(SettingTypes.Pause, "5s", {
    description: "How long it stays open at first; twice as long each time that a probe fails.",
    unit: "duration"
  }),
  max_open_time: Setting.field(SettingTypes.Pause, "1m", {
    description: "Longest time that it stays open.",
    unit: "duration"
  }),
  half_open_requests: Setting.field(SettingTypes.int(1, 1000), 1, {
    description: "Probes after that time: so many must succeed to close it, and one that fails opens it again."
  })
})

const Bulkhead = Setting.section({
  max_concurrent: Setting.field(SettingTypes.int(1), 128, { description: "Requests under way at once." }),
  max_waiting: Setting.field(SettingTypes.int(0), 128, {
    description: "Requests that may wait for one of them to end; further ones fail at once."
  }),
  max_wait: Setting.field(SettingTypes.Duration, "1s", {
    description: "Longest wait in that line.",
    unit: "duration"
  })
})

const inherited = (key: string) => `Default: network.load_balancing.${key}.`

const HealthCheck = Setting.section({
  path: Setting.optional(Schema.String.check(Schema.isStartingWith("/")), {
    description:
      "Path that answers 2xx or 3xx while an endpoint is well. Without it nobody is asked, and health is only " +
      "what requests show."
  }),
  enabled: Setting.optional(SettingTypes.Boolean, {
    description: `Ask the endpoints. ${inherited("health_check.enabled")}`
  }),
  interval: Setting.optional(SettingTypes.Pause, {
    description: `Time between two questions. ${inherited("health_check.interval")}`,
    unit: "duration"
  }),
  timeout: Setting.optional(SettingTypes.Pause, {
    description: `Time for one answer. ${inherited("health_check.timeout")}`,
    unit: "duration"
  }),
  unhealthy_threshold: Setting.optional(SettingTypes.int(1), {
    description: `Failures until an endpoint gets no requests. ${inherited("health_check.unhealthy_threshold")}`
  }),
  healthy_threshold: Setting.optional(SettingTypes.int(1), {
    description: `Successes until it gets them again. ${inherited("health_check.healthy_threshold")}`
  })
})

const OutlierEjection = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, true, {
    description: "Take an endpoint out for a while that fails requests."
  }),
  consecutive_failures: Setting.field(SettingTypes.int(1), 5, {
    description: "Failures without a success between them: no connection, no answer, 500, 502, 503 or 504."
  }),
  ejection_time: Setting.field(SettingTypes.Pause, "30s", {
    description: "How long at first; longer by as much each time.",
    unit: "duration"
  }),
  max_ejection_time: Setting.field(SettingTypes.Pause, "5m", { description: "How long at most.", unit: "duration" }),
  max_ejection_percent: Setting.field(SettingTypes.Percent, "50%", {
    description: "Endpoints that may be out at once; of a single endpoint none.",
    unit: "percent"
  })
})

const Balancing = Setting.section({
  strategy: Setting.optional(Strategy, {
    description: `Which endpoint gets a request; ip_hash gives one key always the same. ${inherited("strategy")}`
  }),
  health_check: HealthCheck,
  outlier_ejection: OutlierEjection
})

const Upstream = Schema.Struct({
  endpoints: Setting.item(Endpoints, { description: "Base addresses; a text with commas is a list too." }),
  connect_timeout: Setting.field(SettingTypes.Pause, "2s", {
    description: "Time for a connection, TLS included.",
    unit: "duration"
  }),
  timeout: Setting.field(SettingTypes.Pause, "10s", {
    description: "Time for one try, from its start to the end of the answer.",
    unit: "duration"
  }),
  total_timeout: Setting.field(SettingTypes.Pause, "30s", {
    description: "Time for a request with all waits and tries.",
    unit: "duration"
  }),
  idle_timeout: Setting.field(SettingTypes.Pause, "60s", {
    description: "Longest silence in an answer that is read as a stream.",
    unit: "duration"
  }),
  max_response_size: Setting.field(SettingTypes.Bytes, "10MB", { description: "Largest answer.", unit: "bytes" }),
  max_redirects: Setting.field(SettingTypes.int(0, 5), 5, {
    description:
      "Redirects that are followed; credentials are sent to the same origin only. 0 hands them to the caller."
  }),
  pool: Pool,
  tls: Tls,
  bulkhead: Bulkhead,
  circuit_breaker: CircuitBreaker,
  retry: Retry,
  load_balancing: Balancing
})

/** What stands below the name of one upstream. */
export interface Upstream extends Schema.Schema.Type<typeof Upstream> {}

/** In metrics, logs and the name of a health check. */
const Name = Schema.String.check(Schema.isPattern(/^[a-z][a-z0-9_-]{0,63}$/))

export const Upstreams = Setting.field(Schema.Record(Name, Upstream), {}, {
  description: "Services that this app calls, by name: lower case letters, digits, _ and -.",
  reloadable: true
})
