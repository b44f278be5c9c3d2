/**
 * The thresholds of the running logger: read for every record, changed while it runs, and put back by themselves where a
 * change is only for a while. The last word wins: any later change of the same threshold takes the return away.
 */
import type * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import type * as Scope from "effect/Scope"
import * as Level from "../Level.ts"
import type { Levels as Told } from "../LogControl.ts"

/** Undefined is the default. */
type Name = string | undefined

interface Return {
  /** What stood before the change; undefined where the plugin had no threshold of its own. */
  readonly base: Level.Level | undefined
  readonly fiber: Fiber.Fiber<void>
}

export class Levels {
  #default: Level.Level
  /** Rank of the default. */
  rank: number
  readonly plugins = new Map<string, Level.Level>()
  readonly #returns = new Map<Name, Return>()
  readonly #scope: Scope.Scope

  /** Returns that are still to come end with the scope. */
  constructor(initial: Level.Level, scope: Scope.Scope) {
    this.#default = initial
    this.rank = Level.rankOf(initial)
    this.#scope = scope
  }

  get told(): Told {
    return { default: this.#default, plugins: Object.fromEntries(this.plugins) }
  }

  /** The threshold that holds for records of this plugin. */
  of(name: Name): Level.Level {
    return this.#own(name) ?? this.#default
  }

  set(name: Name, level: Level.Level): Effect.Effect<void> {
    return Effect.flatMap(this.#cancel(name), () => Effect.sync(() => this.#put(name, level)))
  }

  /** A second change for a while goes back to what stood before the first one. */
  setFor(name: Name, level: Level.Level, duration: Duration.Duration, whenBack: Effect.Effect<void>) {
    const back = Effect.sync(() => {
      const base = this.#returns.get(name)?.base
      this.#returns.delete(name)
      this.#put(name, base)
    })
    return Effect.flatMap(this.#cancel(name), (pending) => {
      const base = pending === undefined ? this.#own(name) : pending.base
      this.#put(name, level)
      return Effect.map(
        Effect.forkIn(Effect.sleep(duration).pipe(Effect.andThen(back), Effect.andThen(whenBack)), this.#scope),
        (fiber) => void this.#returns.set(name, { base, fiber })
      )
    })
  }

  #own(name: Name): Level.Level | undefined {
    return name === undefined ? this.#default : this.plugins.get(name)
  }

  #put(name: Name, level: Level.Level | undefined): void {
    if (name !== undefined) {
      return level === undefined ? void this.plugins.delete(name) : void this.plugins.set(name, level)
    }
    this.#default = level ?? this.#default
    this.rank = Level.rankOf(this.#default)
  }

  #cancel(name: Name): Effect.Effect<Return | undefined> {
    return Effect.suspend(() => {
      const pending = this.#returns.get(name)
      this.#returns.delete(name)
      return pending === undefined ? Effect.succeed(pending) : Effect.as(Fiber.interrupt(pending.fiber), pending)
    })
  }
}
