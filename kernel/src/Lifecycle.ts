/**
 * What the kernel tells while it starts, runs and stops: a phase, one state per plugin, typed events, and the drain
 * hooks that a plugin registers so that nothing accepted is lost.
 */
import * as Context from "effect/Context"
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type * as Stream from "effect/Stream"

export type Phase = "starting" | "running" | "draining" | "stopped"

/**
 * `waiting`: for the plugins that it requires. `retrying`: its build failed and is tried again soon. `degraded`: the app runs
 * without it, and it is tried again until it starts.
 */
export type PluginState =
  | "waiting"
  | "starting"
  | "retrying"
  | "started"
  | "degraded"
  | "failed"
  | "stopping"
  | "stopped"

export interface PluginStatus {
  readonly name: string
  readonly version: string
  readonly state: PluginState
  readonly wave: number
  /** Plugins that it waits for. */
  readonly waitingFor: ReadonlyArray<string>
  /** Tries to build it so far. */
  readonly attempt: number
  /** Why the last try failed; absent when it did not. */
  readonly problem?: string
  /** Path prefixes of its routes. */
  readonly paths: ReadonlyArray<string>
  /** Milliseconds from the start of the boot to the start of this plugin's latest build. */
  readonly startedAtMillis: number
  /** Milliseconds that its build took, or has taken so far. */
  readonly buildMillis: number
  /** Milliseconds that closing it took, once it is stopped. */
  readonly stopMillis?: number
}

export type LifecycleEvent =
  | { readonly _tag: "PluginStarting"; readonly name: string; readonly attempt: number }
  | { readonly _tag: "PluginStarted"; readonly name: string; readonly millis: number }
  | { readonly _tag: "PluginFailed"; readonly name: string; readonly problem: string }
  | {
    readonly _tag: "PluginRetrying"
    readonly name: string
    readonly attempt: number
    readonly problem: string
    readonly delayMillis: number
  }
  | { readonly _tag: "PluginDegraded"; readonly name: string; readonly problem: string }
  | { readonly _tag: "PluginStopped"; readonly name: string; readonly millis: number }
  | { readonly _tag: "Running"; readonly millis: number }
  | { readonly _tag: "SettingsChanged"; readonly version: number; readonly keys: ReadonlyArray<string> }
  | { readonly _tag: "Draining"; readonly reason: string }
  | { readonly _tag: "StopStepStarted"; readonly step: StopStep; readonly budgetMillis: number }
  | {
    readonly _tag: "StopStepEnded"
    readonly step: StopStep
    readonly millis: number
    readonly cut: ReadonlyArray<string>
  }
  | { readonly _tag: "DrainHookTimedOut"; readonly name: string; readonly phase: DrainPhase }
  | { readonly _tag: "Stopped" }

/**
 * The steps between "readiness answers 503" and "scopes close", in this order: stop accepting, wait for requests in
 * flight, finish or requeue jobs. Hooks of one step run concurrently.
 */
export type DrainPhase = "accept" | "requests" | "jobs"

/** Everything between the wish to stop and the end, in this order. `close`: plugins close in reverse waves. */
export type StopStep = "lame_duck" | DrainPhase | "close"

/** One step of a stop, as far as it got. */
export interface StopStepStatus {
  readonly step: StopStep
  /** How long it may take; for `close` all waves together. */
  readonly budgetMillis: number
  /** Milliseconds from the start of the stop; absent until the step began. */
  readonly startedAtMillis?: number
  /** Absent until the step ended. */
  readonly millis?: number
  /** Names of what was cut because its budget was used up. */
  readonly cut: ReadonlyArray<string>
}

export interface DrainHook {
  readonly name: string
  readonly phase: DrainPhase
  readonly run: Effect.Effect<void>
  /** After this the hook is interrupted, counted and told. Default, and at most: `deployment.drain.<phase>`. */
  readonly budget?: Duration.Duration
}

/** Provided to every plugin by the kernel; needs no contract. */
export class Lifecycle extends Context.Service<Lifecycle, {
  readonly phase: Effect.Effect<Phase>
  readonly plugins: Effect.Effect<ReadonlyArray<PluginStatus>>
  /** Every event since the start of the boot, then live ones; ends with `Stopped`. */
  readonly events: Stream.Stream<LifecycleEvent>
  /** The steps of the stop; what has not begun has no time yet. */
  readonly stopping: Effect.Effect<ReadonlyArray<StopStepStatus>>
  /** Asks whoever runs the app to stop it, as a SIGTERM does. `reason` is told in the log. */
  readonly requestStop: (reason: string) => Effect.Effect<void>
  /** Waits until somebody asked for a stop. */
  readonly stopRequested: Effect.Effect<void>
  /** Registers a hook until the scope closes. */
  readonly onDrain: (hook: DrainHook) => Effect.Effect<void, never, Scope.Scope>
}>()("@heptad/kernel/Lifecycle") {}

/**
 * Looks on from the first moment of a boot until its app begins to close, for example to show it on a terminal. Its failures
 * are its own: they hold nothing up.
 */
export const Onlooker = Context.Reference<(lifecycle: Lifecycle["Service"]) => Effect.Effect<unknown, unknown>>(
  "@heptad/kernel/Onlooker",
  { defaultValue: () => () => Effect.void }
)
