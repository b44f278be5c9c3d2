/** Migrations: what each operation asks, checks and does, in its order. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import type { DatabaseConfig } from "../config.ts"
import type { MigrationFailed } from "../errors.ts"
import type { LintFinding, Migration, MigrationSet, MigrationSource } from "../Migration.ts"
import type { Migrations } from "../Migrations.ts"
import { bring } from "./migrations/ensure.ts"
import { load } from "./migrations/folder.ts"
import * as Journal from "./migrations/journal.ts"
import { allowance, lint } from "./migrations/lint.ts"
import * as Lock from "./migrations/lock.ts"
import * as Plan from "./migrations/plan.ts"
import { enter } from "./migrations/room.ts"
import { apply, fromSql, revert } from "./migrations/run.ts"
import { downOf, upOf } from "./migrations/step.ts"
import type { Target } from "./PgSession.ts"

const tellUnknown = (set: MigrationSet, rows: Plan.Rows) => {
  const unknown = Plan.unknownOf(set, rows).map(Plan.label)
  return unknown.length === 0
    ? Effect.void
    : Effect.logWarning(`migrations of "${set.name}" that this release does not know: ${unknown.join(", ")}`)
}

/** Nobody runs on a database to which nothing of the set was applied. */
const findingsOf = (set: MigrationSet, rows: Plan.Rows, pending: ReadonlyArray<Migration>) =>
  rows.size === 0 ? [] : lint(set, pending)

const refusal = (set: MigrationSet, { id, name, problem, remedy, rule, statement }: LintFinding): MigrationFailed =>
  Plan.failed(
    set,
    { id, name },
    `"${statement}" breaks the running release (${rule}): ${problem}`,
    `${remedy} To do it all the same, write "${allowance(rule)}" into it.`
  )

/** What lint has to say, as loud as `migrations.lint` has it. */
const heed = Effect.fnUntraced(function*(
  set: MigrationSet,
  findings: ReadonlyArray<LintFinding>,
  mode: DatabaseConfig["migrations"]["lint"]
) {
  const [first] = findings
  if (mode === "refuse" && first !== undefined) return yield* refusal(set, first)
  if (mode === "warn") yield* Effect.forEach(findings, (each) => Effect.logWarning(refusal(set, each).message))
})

/** A set that is right in itself. */
const known = Effect.fnUntraced(function*(source: MigrationSource) {
  const set = yield* load(source)
  const fault = Plan.faultOf(set)
  return fault === undefined ? set : yield* fault
})

/** `primary`: the one that is it now. `ensuredMore`: told when the code needs more of the schema than before. */
export const make = (
  primary: () => Target,
  config: DatabaseConfig,
  ensuredMore: Effect.Effect<void> = Effect.void
): Migrations["Service"] => {
  const { lint: mode, wait_timeout } = config.migrations
  const toFailure = (set: MigrationSet) =>
    Effect.mapError((error: Parameters<typeof fromSql>[2]) => fromSql(set, undefined, error))

  const read = (set: MigrationSet) =>
    Effect.suspend(() => enter(primary(), config)).pipe(
      Effect.flatMap(({ session }) => Journal.read(session, set)),
      toFailure(set),
      Effect.scoped
    )

  /** The lock belongs to the session and goes with it, whatever ends it. */
  const locked = Effect.fnUntraced(function*(set: MigrationSet) {
    const room = yield* toFailure(set)(enter(primary(), config))
    const owner = yield* toFailure(set)(Lock.acquire(room.session, wait_timeout))
    if (owner !== undefined) {
      const problem = `its lock was held for ${Duration.format(wait_timeout)} by ${owner}`
      return yield* Plan.failed(set, undefined, problem, "Wait for it, or raise database.migrations.wait_timeout.")
    }
    yield* toFailure(set)(Journal.create(room.session))
    return { given: { room, config, set }, rows: yield* toFailure(set)(Journal.read(room.session, set)) }
  })

  const pending = Effect.fnUntraced(function*(set: MigrationSet, rows: Plan.Rows) {
    const problem = Plan.conflict(set, rows)
    return problem === undefined ? Plan.pendingOf(set, rows) : yield* problem
  })

  const revertible = Effect.fnUntraced(function*(set: MigrationSet, rows: Plan.Rows, steps: number) {
    const found = Plan.toRevert(set, rows, steps)
    return "_tag" in found ? yield* found : found
  })

  const upWithLock = Effect.fnUntraced(function*(set: MigrationSet) {
    const { given, rows } = yield* locked(set)
    const missing = yield* pending(set, rows)
    yield* heed(set, findingsOf(set, rows, missing), mode)
    return yield* Effect.forEach(missing, (migration) => apply(given, migration))
  }, Effect.scoped)

  const up = Effect.fn("Migrations.up")(function*(source: MigrationSource) {
    const set = yield* known(source)
    const rows = yield* read(set)
    yield* tellUnknown(set, rows)
    return (yield* pending(set, rows)).length === 0 ? [] : yield* upWithLock(set)
  })

  const down = Effect.fn("Migrations.down")(function*(source: MigrationSource, steps: number) {
    const set = yield* known(source)
    const { given, rows } = yield* locked(set)
    return yield* Effect.forEach(yield* revertible(set, rows, steps), (migration) => revert(given, migration))
  }, Effect.scoped)

  const redo = Effect.fn("Migrations.redo")(function*(source: MigrationSource) {
    const set = yield* known(source)
    const { given, rows } = yield* locked(set)
    const [last] = yield* revertible(set, rows, 1)
    if (last === undefined) return yield* Plan.failed(set, undefined, "none was applied", "Run heptad migrate up.")
    yield* revert(given, last)
    return [yield* apply(given, last)]
  }, Effect.scoped)

  const planUp = Effect.fn("Migrations.planUp")(function*(source: MigrationSource) {
    const set = yield* known(source)
    const rows = yield* read(set)
    const missing = yield* pending(set, rows)
    const findings = mode === "off" ? [] : findingsOf(set, rows, missing)
    return missing.map((migration) => Plan.planned(set, migration, upOf(migration), findings))
  })

  const planDown = Effect.fn("Migrations.planDown")(function*(source: MigrationSource, steps: number) {
    const set = yield* known(source)
    const found = yield* revertible(set, yield* read(set), steps)
    return found.map((migration) => Plan.planned(set, migration, downOf(migration, migration.down), []))
  })

  const status = Effect.fn("Migrations.status")(function*(source: MigrationSource) {
    const set = yield* load(source)
    return Plan.toStatus(set, yield* read(set))
  })

  const ensured = new Map<string, MigrationSet>()
  const missingOf = (set: MigrationSet) => Effect.map(read(set), (rows) => Plan.missingOf(set, rows))

  const ensure = Effect.fn("Migrations.ensure")(function*(source: MigrationSource) {
    const set = yield* known(source)
    const applied = yield* bring(set, config, up(set), missingOf)
    ensured.set(set.name, set)
    yield* ensuredMore
    return applied
  })

  const missing = Effect.suspend(() => Effect.forEach([...ensured.values()], missingOf)).pipe(
    Effect.map((problems) => problems.filter((problem) => problem !== undefined))
  )

  return { ensure, up, down, redo, planUp, planDown, status, missing }
}
