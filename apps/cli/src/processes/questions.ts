/** Questions to another process that are not answered yet. */
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"

export const questions = <A, E = never>() => {
  const waiting = new Map<number, Deferred.Deferred<A, E>>()
  let asked = 0
  return {
    /** Sends the question under a number and waits for its answer. */
    ask: (send: (id: number) => void): Effect.Effect<A, E> =>
      Effect.suspend(() => {
        const id = asked++
        const answer = Deferred.makeUnsafe<A, E>()
        waiting.set(id, answer)
        send(id)
        return Effect.ensuring(Deferred.await(answer), Effect.sync(() => waiting.delete(id)))
      }),
    /** Of a question that nobody waits for any more: nothing. */
    answer: (id: number, answer: Effect.Effect<A, E>): void => {
      const deferred = waiting.get(id)
      if (deferred !== undefined) Deferred.doneUnsafe(deferred, answer)
    }
  } as const
}
