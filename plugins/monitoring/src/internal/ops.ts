/** What the main thread and the operations thread say to each other. Types only: beside its own files the thread loads nothing of ours. */
import type { Address } from "../Monitoring.ts"

export type Page = "health" | "live" | "ready" | "startup" | "metrics"

/** A path of a listener, and what the thread answers by itself when the main thread stays silent. */
export interface Route {
  readonly page: Page
  /** Absent: the time within which the event loop must answer. */
  readonly deadlineMillis?: number
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

export type Role = "operator" | "read"

/** Why the thread turns a request of the control API away by itself. */
export type Refusal =
  | "remote"
  | "origin"
  | "host"
  | "token"
  | "method"
  | "busy"
  | "query"
  | "mediaType"
  | "tooLarge"
  | "slow"
  | "json"
  | "silent"
  | "late"

/** Everything that the thread needs to decide who may come in, and what it answers to the others. */
export interface ControlPlan {
  /** Place of the listener that serves it. */
  readonly listener: number
  /** What its paths begin with; the name of the operation follows. */
  readonly prefix: string
  /** Peers that are not on a loopback address are served too. */
  readonly allowRemote: boolean
  /** SHA-256 of the tokens: the tokens themselves never reach the thread. */
  readonly hashes: Readonly<Record<Role, Uint8Array>>
  readonly maxBodyBytes: number
  readonly maxDepth: number
  readonly bodyMillis: number
  /** The main thread must have taken a request within this time, or nothing is done. */
  readonly takeMillis: number
  /** And answered within this one after it took it. */
  readonly answerMillis: number
  readonly refusals: Readonly<Record<Refusal, Answer>>
  /** One Int32 for each request that may be under way, of these states: both threads decide by it who was first. */
  readonly slots: SharedArrayBuffer
  readonly states: { readonly offered: number; readonly taken: number; readonly withdrawn: number }
  /** One Uint32 for each status from 400 on: what was refused without a look at the operation. */
  readonly refused: SharedArrayBuffer
}

export interface Plan {
  readonly listeners: ReadonlyArray<Listener>
  readonly heartbeat: Heartbeat
  readonly control?: ControlPlan
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
  readonly headers?: Readonly<Record<string, string>>
}

/** A request of the control API that came in by the door: somebody with a token asks for an operation by this name. */
export interface Command {
  readonly _tag: "Command"
  readonly id: number
  readonly slot: number
  readonly operation: string
  readonly method: "GET" | "POST"
  readonly input: unknown
  readonly dryRun: boolean
  readonly role: Role
  readonly peer: string
}

export type FromThread =
  | { readonly _tag: "Listening"; readonly addresses: ReadonlyArray<Address> }
  | { readonly _tag: "Refused"; readonly listener: number; readonly code: string }
  | { readonly _tag: "Beat" }
  | { readonly _tag: "Unblocked"; readonly millis: number }
  | Ask
  | Command

export type ToThread =
  | { readonly _tag: "BeatAnswer" }
  | { readonly _tag: "Heartbeat"; readonly heartbeat: Heartbeat }
  | { readonly _tag: "Answered"; readonly id: number; readonly answer: Answer }
  | { readonly _tag: "Commanded"; readonly id: number; readonly answer: Answer }
