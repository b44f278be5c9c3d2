/** A function that runs on a worker thread, addressed by its module, with the Schemas of what goes in and comes out. */
import type * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"

/**
 * `In` and `Out` are what callers see. The function itself gets the encoded input and returns the encoded output: plain
 * values that can be cloned between threads (no class instances, functions or symbols).
 */
export interface ComputeTask<in In, out Out> {
  readonly module: URL
  /** The exported function, which is also the name of its jobs. */
  readonly name: string
  readonly encode: (input: In) => Effect.Effect<unknown, Schema.SchemaError>
  readonly decode: (output: unknown) => Effect.Effect<Out, Schema.SchemaError>
  readonly transfer: (input: In) => ReadonlyArray<ArrayBuffer>
}

/** Services that an encoding or decoding would need: a task has none, because a worker thread has none to give. */
type Plain<T> = Schema.ConstraintCodec<T, unknown>

const nothing = (): ReadonlyArray<ArrayBuffer> => []

/**
 * Declares a task.
 *
 * `module` is always written as `new URL("./internal/render.ts", import.meta.url)`, with the ending of the source: when
 * there is no such file but one with the built ending (`.js` for `.ts`, `.mjs` for `.mts`), that one is loaded, so the
 * same line works from source and from `dist`. `name` is an exported function of one argument, synchronous or
 * asynchronous. The module is loaded once per thread; it should import little, because every thread pays for it.
 *
 * `transfer` names buffers of the input that are moved instead of copied (worth it from about 16 KB): the sender's become
 * empty when the job starts. Results move back without being asked: a buffer in a result is gone for the function, unless
 * it is only partly covered by its view or belongs to Node's shared pool; those are copied.
 */
const make = <Input extends Plain<unknown>, Output extends Plain<unknown>>(options: {
  readonly module: URL
  readonly name: string
  readonly input: Input
  readonly output: Output
  readonly transfer?: (input: Input["Type"]) => ReadonlyArray<ArrayBuffer>
}): ComputeTask<Input["Type"], Output["Type"]> => ({
  module: options.module,
  name: options.name,
  encode: Schema.encodeEffect(options.input),
  decode: Schema.decodeUnknownEffect(options.output),
  transfer: options.transfer ?? nothing
})

export const ComputeTask = { make }
