/** One thing that operators can ask of a running app or tell it to do. */
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { OperationRefused } from "./errors.ts"
import * as Settings from "./Settings.ts"

/** `read` changes nothing. `write` changes the app: it needs the role `operator` and is written to the audit log. */
export type OperationKind = "read" | "write"

export interface OperationOptions {
  /** Tell what would happen and change nothing. Only ever true for a `write`. */
  readonly dryRun: boolean
}

export interface Operation {
  /** Unique, lower case with hyphens: `log-level`. It is the path of a control API and the name in the audit log. */
  readonly name: string
  /** One sentence. */
  readonly description: string
  readonly kind: OperationKind
  /** Decodes the input first: a wrong one is `OperationRefused` with `invalid_input`. The answer is plain JSON. */
  readonly run: (input: unknown, options: OperationOptions) => Effect.Effect<Schema.Json, OperationRefused>
}

/** Declares an operation. Its input is decoded like a section of the settings: closed, and every fault told at once. */
export const make = <Input extends Schema.ConstraintDecoder<unknown>>(
  { input, run, ...rest }: Pick<Operation, "name" | "description" | "kind"> & {
    readonly input: Input & Schema.Top
    readonly run: (
      input: Input["Type"],
      options: OperationOptions
    ) => Effect.Effect<Schema.Json, OperationRefused>
  }
): Operation => {
  const { name } = rest
  const decoder = Schema.decodeUnknownExit(input)
  const decode = (given: unknown) =>
    Settings.decode(
      { name, config: input },
      { ...Settings.empty, value: { [name]: given } },
      (written, onExcessProperty) => decoder(written, { errors: "all", onExcessProperty })
    )
  const told = (faults: ReadonlyArray<{ readonly key: string; readonly problem: string }>): string =>
    faults.map(({ key, problem }) => [key.slice(name.length + 1), problem].filter((part) => part !== "").join(": "))
      .join("; ")
  return {
    ...rest,
    run: (given, options) => {
      const { exit, faults } = decode(given)
      return Exit.isSuccess(exit)
        ? run(exit.value, options)
        : Effect.fail(new OperationRefused({ operation: name, reason: "invalid_input", problem: told(faults) }))
    }
  }
}
