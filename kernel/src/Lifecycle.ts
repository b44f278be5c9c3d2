/**
 * What the kernel tells while it starts, runs and stops: a phase, one state per plugin, typed events, and the drain
 * hooks that a plugin registers so that nothing accepted is lost.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"

export type Phase = "starting" | "running" | "draining" | "stopped"

export type PluginState = "waiting" | "starting" | "started" | "failed" | "stopping" | "stopped"

export interface PluginStatus {
  readonly name: string
  readonly version: string
  readonly state: PluginState
  readonly wave: number
  /** Milliseconds from the start of the boot to the start of this plugin's build. */
  readonly startedAtMillis: number
  /** Milliseconds that its build took, or has taken so far. */
  readonly buildMillis: number
}

export type LifecycleEvent =
  | { readonly _tag: "PluginStarting"; readonly name: string }
  | { readonly _tag: "PluginStarted"; readonly name: string; readonly millis: number }
  | { readonly _tag: "PluginFailed"; readonly name: string; readonly problem: string }
  | { readonly _tag: "PluginStopped"; readonly name: string; readonly millis: number }
  | { readonly _tag: "Running"; readonly millis: number }
  | { readonly _tag: "Draining" }
  | { readonly _tag: "DrainHookTimedOut"; readonly name: string; readonly phase: DrainPhase }
  | { readonly _tag: "Stopped" }

/**
 * The steps between "readiness answers 503" and "scopes close", in this order: stop accepting, wait for requests in
 * flight, finish or requeue jobs. Hooks of one step run concurrently.
 */
export type DrainPhase = "accept" | "requests" | "jobs"

export interface DrainHook {
  readonly name: string
  readonly phase: DrainPhase
  readonly run: Effect.Effect<void>
  /** After this the hook is interrupted, counted and told. Default: `deployment.drain.budget`. */
  readonly budget?: Duration.Duration
}

/** Provided to every plugin by the kernel; needs no contract. */
export class Lifecycle extends Context.Service<Lifecycle, {
  readonly phase: Effect.Effect<Phase>
  readonly plugins: Effect.Effect<ReadonlyArray<PluginStatus>>
  /** Every event since the start of the boot, then live ones; ends with `Stopped`. */
  readonly events: Stream.Stream<LifecycleEvent>
  /** Registers a hook until the scope closes. */
  readonly onDrain: (hook: DrainHook) => Effect.Effect<void, never, Scope.Scope>
}>()("@heptad/kernel/Lifecycle") {}
