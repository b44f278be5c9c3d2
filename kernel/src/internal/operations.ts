/** The table of operations, and those of the kernel itself. */
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import type { KernelError, NoSuchVersion } from "../errors.ts"
import { OperationRefused } from "../errors.ts"
import type { LiveSettings, SettingsVersion } from "../LiveSettings.ts"
import * as Operation from "../Operation.ts"
import { Operations } from "../Operations.ts"
import type { Plan } from "../Plan.ts"
import { show } from "../settingsDiff.ts"
import type { LifecycleState } from "./lifecycle.ts"

type Around = (inner: Operation.Operation) => Operation.Operation

export const make = () => {
  const table = new Map<string, Operation.Operation>()
  const wraps = new Set<{ readonly name: string; readonly around: Around }>()
  const enter = (operation: Operation.Operation) =>
    table.has(operation.name)
      ? Effect.die(new Error(`two operations are named "${operation.name}"`))
      : Effect.sync(() => void table.set(operation.name, operation))
  const wrapped = (operation: Operation.Operation): Operation.Operation =>
    [...wraps].reduce((inner, { around, name }) => name === inner.name ? around(inner) : inner, operation)
  return Operations.of({
    register: (operation) =>
      Effect.acquireRelease(enter(operation), () => Effect.sync(() => table.delete(operation.name))),
    wrap: (name, around) => {
      const wrap = { name, around }
      return Effect.asVoid(
        Effect.acquireRelease(Effect.sync(() => wraps.add(wrap)), () => Effect.sync(() => wraps.delete(wrap)))
      )
    },
    all: Effect.sync(() => new Map([...table].map(([name, operation]) => [name, wrapped(operation)])))
  })
}

const none = Schema.Struct({})

/** Plain data of ours, known to be JSON: it has no functions, dates or maps. */
const json = (value: unknown): Schema.Json => JSON.parse(JSON.stringify(value))

const read = (name: string, description: string, answer: Effect.Effect<unknown>) =>
  Operation.make({ name, description, kind: "read", input: none, run: () => Effect.map(answer, json) })

const refuse = (operation: string) => ({ message: problem, _tag }: KernelError | NoSuchVersion) =>
  Effect.fail(
    new OperationRefused({ operation, reason: _tag === "NoSuchVersion" ? "conflict" : "failed", problem })
  )

type Live = LiveSettings["Service"]

const statusOf = (state: LifecycleState, settings: Live) =>
  Effect.gen(function*() {
    const [version] = yield* settings.versions
    return {
      phase: yield* state.service.phase,
      booted_at_ms: state.bootedAt,
      plugins: yield* state.current,
      stopping: yield* state.service.stopping,
      settings_version: version?.version ?? 1,
      pending: yield* settings.pending
    }
  })

const leavesOf = (settings: Live) =>
  Effect.map(settings.current, ({ settings }) => settings.map((leaf) => ({ ...leaf, value: show(leaf) })))

const reload = (settings: Live) =>
  Operation.make({
    name: "reload",
    description: "Reads the settings again and applies what can be applied in place.",
    kind: "write",
    input: none,
    run: (_, { dryRun }) =>
      (dryRun
        ? Effect.map(settings.preview, (changes) => ({ changes }))
        : settings.reload("an operator")).pipe(Effect.map(json), Effect.catch(refuse("reload")))
  })

const rollback = (settings: Live) =>
  Operation.make({
    name: "rollback",
    description: "Applies an earlier version of the settings again; the files are left as they are.",
    kind: "write",
    input: Schema.Struct({ version: Schema.optionalKey(Schema.Int) }),
    run: ({ version }, { dryRun }): Effect.Effect<Schema.Json, OperationRefused> =>
      (dryRun
        ? Effect.map(settings.versions, (versions) => ({ to: version ?? versions[1]?.version ?? null }))
        : settings.rollback(version)).pipe(Effect.map(json), Effect.catch(refuse("rollback")))
  })

const drain = ({ service }: LifecycleState, plan: Plan) =>
  Operation.make({
    name: "drain",
    description:
      "Stops the app as SIGTERM does: readiness says no, what was accepted is finished, then everything closes.",
    kind: "write",
    input: none,
    run: (_, { dryRun }) => Effect.as(dryRun ? Effect.void : service.requestStop("an operator"), json(plan.drain))
  })

const describe = (operations: Operations["Service"]) =>
  Effect.map(operations.all, (all) => [...all.values()].map(({ run: _, ...operation }) => operation))

/** Registers what the kernel itself can be asked. */
export const registerOwn = Effect.fnUntraced(
  function*(operations: Operations["Service"], state: LifecycleState, settings: Live, plan: Plan) {
    const versions: Effect.Effect<ReadonlyArray<SettingsVersion>> = settings.versions
    const own = [
      read("operations", "What this app can be asked and told.", describe(operations)),
      read("status", "Phase, plugins, steps of the stop, settings that wait for a restart.", statusOf(state, settings)),
      read("plan", "The plan that this app was started by.", Effect.succeed(plan)),
      read("settings", "Every setting in force, and where it was written.", leavesOf(settings)),
      read("settings-versions", "The last versions of the settings.", versions),
      reload(settings),
      rollback(settings),
      drain(state, plan)
    ]
    yield* Effect.forEach(own, operations.register, { discard: true })
  }
)
