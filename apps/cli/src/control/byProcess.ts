/** Operations of plugins: in an app of several processes each of them answers, under its number. */
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { ControlMisunderstood } from "../errors.ts"
import { table } from "../table.ts"
import { understand } from "./answers.ts"

export interface Told<A> {
  /** Undefined in an app of one process. */
  readonly process: string | undefined
  readonly answer: A
}

/** Reads the answer of one process, or those of all. */
export const understandAll = <A>(operation: string, schema: Schema.Codec<A, Schema.Json>) => {
  const several = Schema.decodeUnknownOption(Schema.Struct({ processes: Schema.Record(Schema.String, schema) }))
  return (given: Schema.Json): Effect.Effect<ReadonlyArray<Told<A>>, ControlMisunderstood> =>
    Option.match(several(given), {
      onNone: () => Effect.map(understand(operation, schema)(given), (answer) => [{ process: undefined, answer }]),
      onSome: ({ processes }) =>
        Effect.succeed(Object.entries(processes).map(([process, answer]) => ({ process, answer })))
    })
}

type Row = ReadonlyArray<string | number>

/** A table of all answers, with the process in front where there are several. */
export const tableOf = <A>(
  head: ReadonlyArray<string>,
  told: ReadonlyArray<Told<A>>,
  rows: (answer: A) => ReadonlyArray<Row>
): ReadonlyArray<string> =>
  told.some(({ process }) => process !== undefined)
    ? table(
      ["process", ...head],
      told.flatMap(({ answer, process = "" }) => rows(answer).map((row) => [process, ...row]))
    )
    : table(head, told.flatMap(({ answer }) => rows(answer)))
