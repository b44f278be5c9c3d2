/**
 * Who has more to do than it gets done. Plugins that queue work say so here, and whoever lets work into the process reads it: so
 * a full queue turns requests away at the door, and neither knows the other.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import type * as Scope from "effect/Scope"

/** Says whether its owner is pressed. A plain function, because it is told from hot paths. */
export type Gauge = (pressed: boolean) => void

export class Pressure extends Context.Service<Pressure, {
  /** Not pressed at first, and not any more when the scope closes. The name is shown to operators: `thread_pool`. */
  readonly gauge: (name: string) => Effect.Effect<Gauge, never, Scope.Scope>
  /** The names of those who are pressed at this moment; read for every request. */
  readonly pressed: ReadonlySet<string>
}>()("@heptad/common/Pressure") {
  static readonly layer = Layer.sync(Pressure, () => {
    const pressed = new Set<string>()
    return {
      gauge: (name) =>
        Effect.acquireRelease(
          Effect.succeed((isPressed: boolean): void => {
            if (isPressed) pressed.add(name)
            else pressed.delete(name)
          }),
          () => Effect.sync(() => pressed.delete(name))
        ),
      pressed
    }
  })
}
