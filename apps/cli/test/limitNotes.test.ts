/** Who hears what processes say about their rate limits. */
import { expect, it } from "vitest"
import { passOnLimits } from "../src/processes/limitNotes.ts"
import { losable } from "../src/processes/losable.ts"

type State = "starting" | "running" | "draining" | "ended"

/** Processes by their numbers, in these states, and who heard what from whom. */
const several = (states: Readonly<Record<number, State>>) => {
  const heard: Array<string> = []
  const members = Object.entries(states).map(([id, state]) => ({
    id: Number(id),
    now: { state },
    note: ({ from, note }: { readonly from: number; readonly note: { readonly _tag: string } }) => {
      heard.push(`${id} hears ${note._tag} from ${from}`)
    }
  }))
  const tell = passOnLimits(() => members)
  return {
    tell: (from: number, to: "all" | "one" | number) => {
      heard.length = 0
      const sender = members.find(({ id }) => id === from)
      if (sender !== undefined) tell(sender, { _tag: "LimitNote", note: { _tag: "Wanted" }, to })
      return heard
    }
  }
}

it("what is for all goes to all others that live, whatever they do", () => {
  const { tell } = several({ 1: "running", 2: "starting", 3: "draining", 4: "ended", 5: "running" })
  expect(tell(1, "all")).toEqual(["2 hears Wanted from 1", "3 hears Wanted from 1", "5 hears Wanted from 1"])
})

it("what is for one goes to one that serves, never back", () => {
  const { tell } = several({ 1: "draining", 2: "running", 3: "running" })
  expect(tell(2, "one")).toEqual(["3 hears Wanted from 2"])
  expect(tell(3, "one")).toEqual(["2 hears Wanted from 3"])
  expect(several({ 1: "running", 2: "starting" }).tell(1, "one")).toEqual([])
})

it("an answer goes to who asked, or nowhere once that one has gone", () => {
  const { tell } = several({ 1: "running", 2: "starting", 3: "ended" })
  expect(tell(1, 2)).toEqual(["2 hears Wanted from 1"])
  expect([tell(1, 3), tell(1, 9)]).toEqual([[], []])
})

it("at most 8 messages wait for who does not read", () => {
  const waiting: Array<() => void> = []
  const send = losable<number>((_, sent) => waiting.push(sent))
  expect([1, 2, 3, 4, 5, 6, 7, 8, 9].map(send)).toEqual([true, true, true, true, true, true, true, true, false])
  waiting.shift()?.()
  expect([send(10), send(11)]).toEqual([true, false])
})
