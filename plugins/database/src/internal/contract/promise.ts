/** One promise of the `Database` contract, and the words in which a broken one is told. */
import * as Effect from "effect/Effect"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import type { SqlClient } from "effect/sql/SqlClient"
import * as Assert from "node:assert/strict"
import type { Database } from "../../Database.ts"
import type { Migrations } from "../../Migrations.ts"

export type Services = SqlClient | Migrations | Database

export interface Promised {
  readonly title: string
  /** Most sessions of the layer in this check; a checking one counts too. */
  readonly sessions: number
  readonly check: Effect.Effect<void, unknown, Services | Scope.Scope>
}

export const promise = (title: string, check: Promised["check"], sessions = 4): Promised => ({ title, sessions, check })

/** A row is a plain object or one without a prototype, as its layer likes. */
const plain = (value: unknown): unknown =>
  Array.isArray(value)
    ? value.map(plain)
    : typeof value === "object" && value !== null && Object.getPrototypeOf(value) === null
    ? { ...value }
    : value

/** A defect that shows both, so that every runner of tests prints the difference. */
export const equal = (actual: unknown, expected: unknown, promised = "the promise is broken"): void =>
  Assert.deepEqual(plain(actual), expected, promised)

/** Waits until what happens elsewhere has happened; the deadline is that of the test. */
export const until = <A, E, R>(read: Effect.Effect<A, E, R>, condition: (value: A) => boolean) =>
  Effect.repeat(read, { until: condition, schedule: Schedule.spaced("10 millis") })
