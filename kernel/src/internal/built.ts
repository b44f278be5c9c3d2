/** What one boot has built so far, and what each plugin may see of it. */
import * as Context from "effect/Context"
import type * as Scope from "effect/Scope"
import type * as Plugin from "../Plugin.ts"
import { stub } from "./stub.ts"

/**
 * The single cast of the repository. The graph was checked, so a plugin's context holds every service of the contracts
 * that it requires; `Plugin.make` and the type of `Kernel.layer` prove the same at compile time.
 */
const trust = (context: Context.Context<never>): Context.Context<unknown> => context as Context.Context<unknown>

export const make = (kernel: Context.Context<never>) => {
  /** By contract name, only the services of the contract. */
  const kept = new Map<string, Context.Context<never>>()
  const scopes = new Map<string, Scope.Closeable>()
  let ambient = kernel

  /** What a plugin made: its contract's services for those who require it, and everything for all when it is ambient. */
  const keep = (plugin: Plugin.Any, made: Context.Context<never>): void => {
    kept.set(plugin.contract.name, Context.pick(...plugin.contract.services)(trust(made)))
    if (plugin.ambient) ambient = Context.merge(ambient, made)
  }

  /** Stubs in the place of its services, until it is kept. */
  const keepStub = (plugin: Plugin.Any, problem: () => string): void => {
    const { contract } = plugin
    let stubs = Context.empty()
    const resolve = (key: Context.Key<unknown, unknown>) => () => {
      const now = kept.get(contract.name)
      return now === undefined || now === stubs ? undefined : Context.getOrUndefined(now, key)
    }
    for (const key of contract.services) {
      stubs = Context.merge(stubs, Context.make(key, stub(plugin.name, resolve(key), problem)))
    }
    kept.set(contract.name, stubs)
  }

  return {
    scopes,
    keep,
    keepStub,
    /** Everything that ambient plugins made, references included: it reaches every later plugin and the kernel's logs. */
    ambient: (): Context.Context<never> => ambient,
    contextFor: (plugin: Plugin.Any): Context.Context<unknown> =>
      trust(Context.mergeAll(ambient, ...plugin.requires.map(({ name }) => kept.get(name) ?? Context.empty()))),
    all: (): Context.Context<unknown> => trust(Context.mergeAll(ambient, ...kept.values()))
  } as const
}

export type Built = ReturnType<typeof make>
