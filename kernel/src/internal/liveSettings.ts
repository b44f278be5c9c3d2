/** The settings of a running app: versions, reload, rollback. One at a time, and whole or not at all. */
import * as Arr from "effect/Array"
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Metric from "effect/Metric"
import * as Semaphore from "effect/Semaphore"
import * as Stream from "effect/Stream"
import { KernelError, NoSuchVersion } from "../errors.ts"
import { LiveSettings, type SettingsVersion } from "../LiveSettings.ts"
import * as Metrics from "../metrics.ts"
import { adviceOf, type Checked } from "../Plan.ts"
import type * as Plugin from "../Plugin.ts"
import * as Settings from "../Settings.ts"
import { type Change, diff } from "../settingsDiff.ts"
import type { LifecycleState } from "./lifecycle.ts"
import { tellAdvice } from "./tellAdvice.ts"

/** Versions that can be gone back to. */
const kept = 10

interface Kept extends SettingsVersion {
  readonly tree: Settings.SettingsTree
}

/** A version that was checked: applying it cannot fail any more. */
interface Candidate {
  readonly tree: Settings.SettingsTree
  readonly advice: ReadonlyArray<Settings.Advice>
  readonly changes: ReadonlyArray<Change>
  readonly apply: Effect.Effect<void>
}

const withoutTree = ({ tree: _, ...version }: Kept): SettingsVersion => version

export const make = Effect.fnUntraced(function*(
  checked: Checked,
  source: Settings.Source,
  state: LifecycleState,
  advice: ReadonlyArray<Settings.Advice>
) {
  const told = new Set(advice.map(({ message }) => message))
  const plugins = checked.waves.flat()
  const one = yield* Semaphore.make(1)
  const versions: Array<Kept> = [
    { version: 1, atMillis: state.bootedAt, reason: "start", changes: [], tree: checked.tree }
  ]
  const current = () => versions[0]?.tree ?? checked.tree
  yield* Metric.update(Metrics.settingsVersion, 1)
  // There from the start: Prometheus sees no increase in the first value of a series.
  yield* Metric.update(Metrics.reloads, 0)
  yield* Metric.update(Metrics.reloadFailures, 0)

  const renewOf = ({ name }: Plugin.Any) => (written: unknown, keys: Plugin.UnknownKeys) =>
    checked.prepared.get(name)?.renew(written, keys) ?? Exit.succeed(Effect.void)

  /** Refuses a tree with any fault; tells only plugins whose section changed. */
  const check = Effect.fnUntraced(function*(tree: Settings.SettingsTree) {
    const { faults, prepared } = Settings.prepare(plugins, tree)
    if (Arr.isArrayNonEmpty(faults)) return yield* new KernelError({ reasons: faults })
    const changes = diff(current(), tree)
    const changed = plugins.filter(({ name }) => changes.some((change) => change.plugin === name && change.reloadable))
    const exits = changed.map((plugin) => Settings.decode(plugin, tree, renewOf(plugin)).exit)
    const apply = Effect.forEach(exits, (exit) => Exit.isSuccess(exit) ? exit.value : Effect.void, { discard: true })
    return { tree, advice: adviceOf({ prepared, tree }), changes, apply } satisfies Candidate
  })

  const tell = (changes: ReadonlyArray<Change>, version: number) => {
    const waiting = [...new Set(changes.filter(({ reloadable }) => !reloadable).map(({ plugin }) => plugin))]
    const keys = changes.map(({ after, before, key }) => `${key}: ${before} -> ${after}`).join("; ")
    const restart = waiting.length === 0 ? "" : `; needs a restart of ${waiting.join(", ")}`
    return Effect.logInfo(`settings version ${version}: ${keys}${restart}`)
  }

  /** Only what no version before had to say. */
  const tellNew = (advice: ReadonlyArray<Settings.Advice>) => {
    const fresh = advice.filter(({ message }) => !told.has(message))
    for (const { message } of fresh) told.add(message)
    return tellAdvice(fresh)
  }

  const accept = Effect.fnUntraced(function*({ advice, apply, changes, tree }: Candidate, reason: string) {
    const [latest] = versions
    if (changes.length === 0 && latest !== undefined) {
      yield* Effect.logInfo(`settings read again (${reason}): nothing changed`)
      return withoutTree(latest)
    }
    yield* apply
    const version = (latest?.version ?? 0) + 1
    const entry = { version, atMillis: yield* Clock.currentTimeMillis, reason, changes, tree }
    versions.unshift(entry)
    versions.length = Math.min(versions.length, kept)
    yield* Metric.update(Metrics.reloads, 1)
    yield* Metric.update(Metrics.settingsVersion, version)
    yield* state.publish({ _tag: "SettingsChanged", version, keys: changes.map(({ key }) => key) })
    yield* tell(changes, version)
    yield* tellNew(advice)
    return withoutTree(entry)
  })

  const refused = (error: KernelError) =>
    Effect.andThen(
      Metric.update(Metrics.reloadFailures, 1),
      Effect.logError(`settings refused, the old ones stay in force:\n${error.message}`)
    )

  const candidate = Effect.flatMap(source.read(plugins), check)

  const reload = (reason: string) =>
    one.withPermit(
      candidate.pipe(
        Effect.tapError(refused),
        Effect.flatMap((found) => accept(found, `reload: ${reason}`)),
        Effect.uninterruptible
      )
    )

  const find = Effect.fnUntraced(function*(version: number | undefined) {
    const wanted = version ?? versions[1]?.version ?? 0
    const found = versions.find((entry) => entry.version === wanted)
    if (found !== undefined && found !== versions[0]) return found
    return yield* new NoSuchVersion({ version: wanted, kept: versions.slice(1).map((entry) => entry.version) })
  })

  const rollback = Effect.fnUntraced(function*(version: number | undefined) {
    const { tree, version: to } = yield* find(version)
    return yield* accept(yield* check(tree), `rollback to ${to}`)
  })

  const service = LiveSettings.of({
    current: Effect.sync(current),
    versions: Effect.sync(() => versions.map(withoutTree)),
    pending: Effect.sync(() => diff(checked.tree, current()).filter(({ reloadable }) => !reloadable)),
    preview: Effect.map(candidate, ({ changes }) => changes),
    reload,
    rollback: (version) => one.withPermit(Effect.uninterruptible(rollback(version)))
  })

  /** Reads again whenever the source says so; what was refused has been told. */
  const follow = Stream.runForEach(source.changes, (reason) => Effect.ignore(reload(reason)))

  return { service, follow } as const
})
