/** Requests that got no answer of their own: refused, over their time, cut off by the stop. */
import * as Metric from "effect/Metric"

/** Requests that `network.http.csrf` refused. */
export const forged = Metric.counter("network_csrf_refused_total", {
  description: "Requests with cookies that no page of this server or of a trusted origin sent",
  incremental: true
})

/** Requests that were still being answered when the drain budget was over. */
export const cut = Metric.counter("network_requests_cut_total", {
  description: "Requests cut off by the stop",
  incremental: true
})

/** Requests whose handler took longer than `network.http.handler_timeout`. */
export const timedOut = Metric.counter("http_requests_timed_out_total", {
  description: "Requests ended because their handler took too long",
  incremental: true
})

/** Requests answered 503 because there is too much to do. Attribute: `reason`, `event_loop` or who has too much to do. */
export const shed = Metric.counter("http_requests_shed_total", {
  description: "Requests refused because of overload",
  incremental: true
})
