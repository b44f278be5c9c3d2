/**
 * Requests of the control API that are under way. Each has a place from the door to the answer, and both threads see in it
 * who was first: the main thread that takes the request, or this one that gives it up. On the operations thread, so it loads
 * nothing of ours.
 */
import type { Answer, Command, ControlPlan } from "./ops.ts"

interface Main {
  readonly post: (command: Command) => void
  /** For how long the main thread has not answered its heartbeat. */
  readonly silentMillis: () => number
}

export const make = (
  { answerMillis, slots: buffer, states, takeMillis }: ControlPlan,
  { post, silentMillis }: Main
) => {
  const slots = new Int32Array(buffer)
  const free = Array.from(slots.keys())
  const waiting = new Map<number, (answer: Answer) => void>()
  let asked = 0

  /** Whether the main thread had not taken it yet. It never will then. */
  const withdraw = (slot: number): boolean =>
    Atomics.compareExchange(slots, slot, states.offered, states.withdrawn) === states.offered

  const offer = (
    command: Omit<Command, "_tag" | "id">,
    settle: (answer: Answer | "silent" | "late") => void
  ): () => void => {
    const { slot } = command
    const id = asked++
    let timer = setTimeout(() => {
      if (withdraw(slot)) return settle("silent")
      timer = setTimeout(settle, answerMillis, "late")
    }, Math.max(0, takeMillis - silentMillis()))
    // The place is free only when the main thread is done with it, also where nobody waits for the answer any more.
    waiting.set(id, (answer) => {
      clearTimeout(timer)
      waiting.delete(id)
      free.push(slot)
      settle(answer)
    })
    Atomics.store(slots, slot, states.offered)
    post({ _tag: "Command", id, ...command })
    return () => {
      if (waiting.has(id)) withdraw(slot)
    }
  }

  return {
    offer,
    take: () => free.pop(),
    leave: (slot: number) => void free.push(slot),
    onAnswer: (id: number, answer: Answer) => waiting.get(id)?.(answer)
  }
}
