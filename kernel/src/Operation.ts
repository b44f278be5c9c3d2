/** One thing that operators can ask of a running app or tell it to do. */
import * as Cause from "effect/Cause"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import { OperationRefused } from "./errors.ts"

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

/** Declares an operation; its input is decoded closed, so a misspelt member is refused. */
export const make = <Input extends Schema.ConstraintDecoder<unknown>>(
  { input, run, ...rest }: Pick<Operation, "name" | "description" | "kind"> & {
    readonly input: Input & Schema.Top
    readonly run: (
      input: Input["Type"],
      options: OperationOptions
    ) => Effect.Effect<Schema.Json, OperationRefused>
  }
): Operation => {
  const decode = Schema.decodeUnknownExit(input)
  return {
    ...rest,
    run: (given, options) =>
      Exit.match(decode(given, { errors: "all", onExcessProperty: "error" }), {
        onSuccess: (decoded) => run(decoded, options),
        onFailure: (cause) =>
          Effect.fail(
            new OperationRefused({ operation: rest.name, reason: "invalid_input", problem: Cause.pretty(cause) })
          )
      })
  }
}
