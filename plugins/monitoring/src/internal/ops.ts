/** What the main thread and the operations thread say to each other. Types only: the thread loads nothing of ours. */
import type { Address } from "../Monitoring.ts"

export type Page = "health" | "live" | "ready" | "startup" | "metrics"

/** A path of a listener, and what the thread answers by itself when the main thread stays silent. */
export interface Route {
  readonly page: Page
  readonly deadlineMillis: number
  readonly silence: Answer
}

export interface Listener {
  readonly host: string
  readonly port: number
  readonly routes: Readonly<Record<string, Route>>
}

export interface Heartbeat {
  readonly intervalMillis: number
  readonly timeoutMillis: number
}

export interface Plan {
  readonly listeners: ReadonlyArray<Listener>
  readonly heartbeat: Heartbeat
}

/** A request that came through all limits and has a known path. */
export interface Ask {
  readonly _tag: "Ask"
  readonly id: number
  readonly page: Page
  /** Without the question mark. */
  readonly query: string
  readonly accept: string
  /** The latest heartbeat: how long its answer took, and how long ago that was. */
  readonly beat: { readonly tookMillis: number; readonly ageMillis: number }
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
}

export type FromThread =
  | { readonly _tag: "Listening"; readonly addresses: ReadonlyArray<Address> }
  | { readonly _tag: "Refused"; readonly listener: number; readonly code: string }
  | { readonly _tag: "Beat" }
  | { readonly _tag: "Unblocked"; readonly millis: number }
  | Ask

export type ToThread =
  | { readonly _tag: "BeatAnswer" }
  | { readonly _tag: "Answered"; readonly id: number; readonly answer: Answer }
