/**
 * What operators can ask of a running app and tell it to do, as one table: the kernel and every plugin register operations,
 * and whoever serves them (an HTTP port, a console) needs to know none of them by name.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Operation } from "./Operation.ts"

/** Provided to every plugin by the kernel; needs no contract. */
export class Operations extends Context.Service<Operations, {
  /** Registers an operation until the scope closes. Two of one name are a defect. */
  readonly register: (operation: Operation) => Effect.Effect<void, never, Scope.Scope>
  /**
   * Lets another answer stand before the operation of a name until the scope closes, whoever registers it and when: for who
   * runs several processes and answers for all of them. The latest one is asked first.
   */
  readonly wrap: (name: string, around: (inner: Operation) => Operation) => Effect.Effect<void, never, Scope.Scope>
  /** By name. */
  readonly all: Effect.Effect<ReadonlyMap<string, Operation>>
}>()("@heptad/kernel/Operations") {}
