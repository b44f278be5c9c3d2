/** Passes on what the processes tell each other about their rate limits. */
import type { FromWorker } from "./messages.ts"
import type { Worker } from "./Worker.ts"

type Told = Extract<FromWorker, { readonly _tag: "LimitNote" }>

type Member = Pick<Worker, "id" | "note"> & { readonly now: Pick<Worker["now"], "state"> }

const receivers = ({ id }: Member, to: Told["to"], alive: ReadonlyArray<Member>): ReadonlyArray<Member> => {
  const others = alive.filter((worker) => worker.id !== id && worker.now.state !== "ended")
  if (to === "all") return others
  const found = others.find((worker) => to === "one" ? worker.now.state === "running" : worker.id === to)
  return found === undefined ? [] : [found]
}

export const passOnLimits = (alive: () => ReadonlyArray<Member>) => (from: Member, { note, to }: Told): void => {
  for (const worker of receivers(from, to, alive())) worker.note({ _tag: "LimitNote", note, from: from.id })
}
