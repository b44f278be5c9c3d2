/**
 * Keeps a contract while its plugin is not there: every call of a service, and every effect among its members, fails with
 * `PluginUnavailable`. Nothing is decided before an effect runs, so what was taken from a stub early works as soon as the
 * plugin has started.
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

/** By these, libraries tell what kind of value they have; a stub is an effect and nothing else, not even a promise. */
const isMark = (key: PropertyKey): boolean =>
  typeof key !== "string" || key === "then" || key === "_tag" || key.startsWith("~")

const nothing: Resolve = () => undefined

/** Stands for a service, a member of it (`owner` is the service), or what a call of a member gives back. */
const standIn = (resolve: Resolve, owner: Resolve, failure: () => PluginUnavailable): object => {
  const effect: Effect.Effect<unknown, unknown> = Effect.suspend(() => {
    const real = resolve()
    return real === undefined ? Effect.fail(failure()) : isEffect(real) ? real : Effect.succeed(real)
  })
  const call = (args: ReadonlyArray<unknown>): unknown => {
    const real = resolve()
    return isFunction(real) ? Reflect.apply(real, owner(), args) : undefined
  }
  return new Proxy(() => undefined, {
    get: (_, key) => {
      if (key === Symbol.toPrimitive) throw failure()
      if (key in effect) return Reflect.get(effect, key)
      if (isMark(key)) return undefined
      return standIn(() => memberOf(resolve(), key), resolve, failure)
    },
    has: (_, key) => key in effect,
    apply: (_, __, args) => call(args) ?? standIn(() => call(args), nothing, failure)
  })
}

/** A service of `plugin` that is `resolve()` once there is one; until then its calls fail, saying why. */
export const stub = (plugin: string, resolve: Resolve, problem: () => string): object =>
  standIn(resolve, nothing, () => new PluginUnavailable({ plugin, problem: problem() }))
