/**
 * The settings as the first process reads them: whole and checked whole, because they are those of all processes, while its own
 * plugins see their own sections.
 */
import { Plan, type Plugin, Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"

const only = <A>(record: Readonly<Record<string, A>>, names: ReadonlyArray<string>): Readonly<Record<string, A>> =>
  Object.fromEntries(Object.entries(record).filter(([name]) => names.includes(name)))

export interface Trees {
  readonly source: Settings.Source
  /** The whole tree that a tree of the source is a part of. */
  readonly whole: (part: Settings.SettingsTree) => Settings.SettingsTree
}

interface Options {
  readonly inner: Settings.Source
  /** The plugins of the app. */
  readonly app: ReadonlyArray<Plugin.Any>
  /** Sections of the first process. */
  readonly own: ReadonlyArray<string>
  /** What the first process itself has otherwise than it is written. */
  readonly adapt: (part: Settings.SettingsTree) => Settings.SettingsTree
}

export const make = ({ adapt, app, inner, own }: Options): Trees => {
  const wholes = new WeakMap<Settings.SettingsTree, Settings.SettingsTree>()
  const read = Effect.map(inner.read(app), (tree): Settings.SettingsTree => {
    const { faults, prepared } = Settings.prepare(app, tree)
    const part = adapt({
      ...tree,
      value: only(tree.value, own),
      policies: only(tree.policies, own),
      advice: Plan.adviceOf({ prepared, tree }),
      faults
    })
    wholes.set(part, tree)
    return part
  })
  return {
    source: { read: () => read, changes: inner.changes },
    whole: (part) => wholes.get(part) ?? part
  }
}
