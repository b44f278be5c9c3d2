/**
 * Keeps a contract while its plugin is not there: every call of a service, and every effect among its members, fails with
 * `PluginUnavailable`. Nothing is decided before the moment of the call, so what was taken from a stub early works as soon
 * as the plugin has started.
 */
import * as Effect from "effect/Effect"
import { PluginUnavailable } from "../errors.ts"

/** The real thing, or undefined while there is none. */
type Resolve = () => unknown

const isFunction = (value: unknown): value is (...args: ReadonlyArray<unknown>) => unknown =>
  typeof value === "function"

const isEffect = (value: unknown): value is Effect.Effect<unknown, unknown> => Effect.isEffect(value)

const memberOf = (value: unknown, key: PropertyKey): unknown =>
  (typeof value === "object" && value !== null) || isFunction(value) ? Reflect.get(value, key) : undefined

const nothing: Resolve = () => undefined

/** Stands for a service, a member of it, or what a call of a member gives back. */
const standIn = (resolve: Resolve, failure: () => PluginUnavailable): object => {
  const effect: Effect.Effect<unknown, unknown> = Effect.suspend(() => {
    const real = resolve()
    return real === undefined ? Effect.fail(failure()) : isEffect(real) ? real : Effect.succeed(real)
  })
  const call = (target: Resolve, self: unknown, args: ReadonlyArray<unknown>): unknown => {
    const real = target()
    return isFunction(real) ? Reflect.apply(real, self, args) : standIn(nothing, failure)
  }
  return new Proxy(() => undefined, {
    get: (_, key) => {
      // A promise would be unwrapped by whoever returns a stub from an async function.
      if (key === "then") return undefined
      if (key === Symbol.toPrimitive) throw failure()
      if (key in effect) return Reflect.get(effect, key)
      return standIn(() => memberOf(resolve(), key), failure)
    },
    has: (_, key) => key in effect,
    apply: (_, self, args) => call(resolve, self, args)
  })
}

/** A service of `plugin` that is `resolve()` once there is one; until then its calls fail, saying why. */
export const stub = (plugin: string, resolve: Resolve, problem: () => string): object =>
  standIn(resolve, () => new PluginUnavailable({ plugin, problem: problem() }))
