/** The figures of WebSockets. Messages are counted as plain numbers, which Effect's registry reads when somebody looks. */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Metrics from "../metrics.ts"

const noop = (): void => {}

export interface Figures {
  readonly opened: () => void
  readonly received: () => void
  readonly sent: () => void
  readonly closed: (code: number, cut: Metrics.CutReason | undefined) => void
}

/** Ends with the scope. */
export const make = Effect.gen(function*() {
  const context = yield* Effect.context<never>()
  const messages = { received: 0, sent: 0 }
  const registered = (["received", "sent"] as const).map((direction) => {
    const get = () => ({ count: messages[direction], incremental: true })
    return Metric.registerUnsafe(Metrics.webSocketMessagesOf(direction), context, { get, update: noop, modify: noop })
  })
  yield* Effect.addFinalizer(() => Effect.sync(() => registered.forEach((registration) => registration.remove())))
  const made: Figures = {
    opened: () => Metrics.webSockets.modifyUnsafe(1, context),
    received: () => {
      messages.received++
    },
    sent: () => {
      messages.sent++
    },
    closed: (code, cut) => {
      Metrics.webSockets.modifyUnsafe(-1, context)
      Metrics.webSocketClosesOf(code).updateUnsafe(1, context)
      if (cut !== undefined) Metrics.webSocketCutsOf(cut).updateUnsafe(1, context)
    }
  }
  return made
})
