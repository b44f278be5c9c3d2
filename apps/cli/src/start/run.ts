/** Runs an app: shows the boot while it waits, the start screen when it is ready, and keeps a record where one is wanted. */
import { Kernel, type Lifecycle, Onlooker } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import { compose, type Composition, type Target, within } from "../composition/compose.ts"
import { countOf } from "../processes/count.ts"
import * as Board from "./Board.ts"
import * as record from "./record.ts"
import * as startScreen from "./screen.ts"

interface Input extends Target {
  readonly record: Option.Option<string>
}

const screen = (app: string, board: ReturnType<typeof Board.make>) =>
  Layer.effectDiscard(Effect.gen(function*() {
    const lines = yield* startScreen.lines(app)
    yield* board.close
    yield* Console.log(`\n${lines.join("\n")}\n`)
  }))

/** A record that cannot be written is told; the app had stopped well all the same. */
const keep = Effect.fnUntraced(
  function*(file: string, lifecycle: Lifecycle["Service"]) {
    yield* Effect.timeout(record.write(file, lifecycle), "5 seconds")
  },
  (effect, file) =>
    Effect.catch(effect, ({ message }) => Console.error(`heptad: no record was written to ${file}: ${message}`))
)

/** Whoever wants `auto` processes and has one CPU has what he wants. */
const alone = Effect.fnUntraced(function*(composition: Composition, shown: ReturnType<typeof screen>) {
  const app = within(composition)(Kernel.run(Layer.provideMerge(shown, Kernel.layerOf(composition.plugins))))
  if (!composition.plugins.some(({ name }) => name === "network")) return yield* app
  const { SharedPort } = yield* Effect.promise(() => import("@heptad/network/plugin"))
  yield* Effect.provideService(app, SharedPort, { processes: 1, bound: () => {} })
})

export const run = Effect.fnUntraced(function*({ record: file, ...target }: Input) {
  const composition = yield* compose("start", target)
  const board = Board.make(composition.deployment.policies, Board.stderr())
  let seen = Option.none<Lifecycle["Service"]>()
  const onlooker: typeof Onlooker.Service = (lifecycle) => {
    seen = Option.some(lifecycle)
    return board.onlooker(lifecycle)
  }
  const name = Option.getOrElse(target.app, () => "composed from settings")
  const count = yield* countOf(composition)
  const app = count === 1
    ? alone(composition, screen(name, board))
    : (yield* Effect.promise(() => import("../processes/supervise.ts"))).run(
      { composition, count, app: Option.getOrUndefined(target.app), args: process.argv.slice(2) },
      screen(name, board)
    )
  yield* app.pipe(
    Effect.provideService(Onlooker, onlooker),
    Effect.ensuring(Effect.suspend(() =>
      Option.match(Option.all([file, seen]), {
        onNone: () => Effect.void,
        onSome: ([path, lifecycle]) => keep(path, lifecycle)
      })
    ))
  )
})
