/** What an instance says about its own stop, read from its log: `stopped: lame_duck 1000 ms, accept 21 ms, ...`. Pure. */
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"

/** Milliseconds of each step of the stop; absent where the log does not tell. */
export interface Steps {
  readonly lame_duck?: number
  readonly accept?: number
  readonly requests?: number
  readonly jobs?: number
  readonly close?: number
}

export interface Stop {
  readonly steps: Steps
  /** What used up its budget, in the words of the log. */
  readonly cut: ReadonlyArray<string>
  /** How many requests were cut off, and hooks and plugins with them. */
  readonly cutCount: number
}

const LogLine = Schema.fromJsonString(
  Schema.Struct({ message: Schema.String, plugin: Schema.optionalKey(Schema.String) })
)
const decode = Schema.decodeUnknownOption(LogLine)

const step = /^(lame_duck|accept|requests|jobs|close) (\d+) ms/

/** Names of plugins follow in brackets after `close`; one of them may be called like a step, so the first wins. */
const stepsOf = (message: string): Steps => {
  const steps: Record<string, number> = {}
  for (const part of message.slice("stopped: ".length).split(", ")) {
    const [, name = "", millis = ""] = step.exec(part) ?? []
    if (name !== "") steps[name] ??= Number(millis)
    if (name === "close") break
  }
  return steps
}

const requestsCut = /^stop: (\d+) requests were cut off/
const otherCut = /^(drain|stop): .+ was cut after /

const countOf = (message: string): number => {
  const requests = requestsCut.exec(message)?.[1]
  return requests === undefined ? otherCut.test(message) ? 1 : 0 : Number(requests)
}

/** From the whole log of one run of the instance, in lines of JSON. */
export const parse = (log: string): Stop => {
  const messages = log.split("\n").flatMap((line) => Option.toArray(decode(line)))
  const told = messages.find(({ message, plugin }) => plugin === "kernel" && message.startsWith("stopped: "))
  const cut = messages.map(({ message }) => message).filter((message) => countOf(message) > 0)
  return {
    steps: told === undefined ? {} : stepsOf(told.message),
    cut,
    cutCount: cut.reduce((sum, message) => sum + countOf(message), 0)
  }
}
