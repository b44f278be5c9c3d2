/** WebSockets: how many are open, what they carry, how they end. */
import * as Metric from "effect/Metric"

/** Open WebSockets. */
export const webSockets = Metric.gauge("websocket_connections_active", { description: "Open WebSockets" })

const webSocketMessages = Metric.counter("websocket_messages_total", {
  description: "Messages of WebSockets",
  incremental: true
})

/** The series of a direction. */
export const webSocketMessagesOf = (direction: "received" | "sent"): typeof webSocketMessages =>
  Metric.withAttributes(webSocketMessages, { direction })

const webSocketCloses = Metric.counter("websocket_closes_total", {
  description: "WebSockets that ended, by the close code that the server sent or else received",
  incremental: true
})

/** Codes beyond those of the protocol are one series: clients choose them. */
export const webSocketClosesOf = (code: number): typeof webSocketCloses =>
  Metric.withAttributes(webSocketCloses, { code: code >= 1000 && code < 1016 ? String(code) : "other" })

const webSocketCuts = Metric.counter("websocket_cut_total", {
  description: "WebSockets that the server broke off",
  incremental: true
})

/** Why the server breaks a WebSocket off instead of closing it. */
export type CutReason = "pong_timeout" | "close_timeout" | "slow_reader" | "stop"

/** The series of a reason. */
export const webSocketCutsOf = (reason: CutReason): typeof webSocketCuts =>
  Metric.withAttributes(webSocketCuts, { reason })
