/**
 * The codecs at work. No spans here: a payload takes a few microseconds and a span as many, so the caller's span is the
 * one that tells the time.
 */
import type { Plugin } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Layer from "effect/Layer"
import * as Metric from "effect/Metric"
import * as Schema from "effect/Schema"
import { Codecs, type Format } from "../Codecs.ts"
import type { ContainerConfig } from "../config.ts"
import { InvalidPayload, InvalidValue, LimitExceeded, MalformedContainer, UnsupportedFormat } from "../errors.ts"
import * as Metrics from "../metrics.ts"
import * as ContainerJson from "./containerJson.ts"
import * as ContainerMsgpack from "./containerMsgpack.ts"
import { type Limits, malformed, tooLarge } from "./limits.ts"
import * as Compression from "./NodeCompression.ts"
import * as Values from "./values.ts"

type Operation = "encode" | "decode"

const series = (codec: Values.WireFormat, operation: Operation) => ({
  ok: Metric.withAttributes(Metrics.operations, { codec, operation, outcome: "ok" }),
  refused: Metric.withAttributes(Metrics.operations, { codec, operation, outcome: "refused" }),
  bytes: Metric.withAttributes(Metrics.bytes, { codec, operation })
})

const meters = {
  messagepack: { encode: series("messagepack", "encode"), decode: series("messagepack", "decode") },
  json: { encode: series("json", "encode"), decode: series("json", "decode") }
}

const measured =
  <A>(codec: Values.WireFormat, operation: Operation, size: (result: A) => number) =>
  <E>(effect: Effect.Effect<A, E>): Effect.Effect<A, E> => {
    const { bytes, ok, refused } = meters[codec][operation]
    return Effect.onExit(effect, (exit) =>
      Exit.isFailure(exit)
        ? Metric.update(refused, 1)
        : Effect.andThen(Metric.update(ok, 1), Metric.update(bytes, size(exit.value))))
  }

const textOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

/** The pure functions throw their refusals; whatever else comes out of a decoder is a library giving up on the bytes. */
const decoding = <A>(format: string, decode: () => A) =>
  Effect.try({
    try: decode,
    catch: (error) =>
      error instanceof LimitExceeded || error instanceof MalformedContainer ? error : malformed(format, textOf(error))
  })

const encoding = <A>(encode: () => A) =>
  Effect.try({
    try: encode,
    catch: (error) =>
      error instanceof LimitExceeded || error instanceof InvalidValue
        ? error
        : new InvalidValue({ path: "container", problem: textOf(error) })
  })

/** msgpackr answers windows of a buffer that it goes on using, and a worker could not be given such a window. */
const owned = (bytes: Uint8Array): Uint8Array<ArrayBuffer> => new Uint8Array(bytes)

const codecOf = (format: Format): Effect.Effect<Values.WireFormat, UnsupportedFormat> =>
  format === "binary" ? Effect.fail(new UnsupportedFormat({ format })) : Effect.succeed(format)

/** lz4 is not in Node; `advice` says so. */
const algorithmOf = ({ compression }: ContainerConfig): Compression.Algorithm | undefined =>
  !compression.enabled || compression.algorithm === "none"
    ? undefined
    : compression.algorithm === "gzip"
    ? "gzip"
    : "zstd"

interface Rules {
  readonly limits: Limits
  /** Bytes values of this size and more are views of the input. */
  readonly viewFrom: number
  /** The codec where a caller names none. */
  readonly usual: Values.WireFormat
  readonly algorithm: Compression.Algorithm | undefined
  readonly compressFrom: number
  readonly level: number
}

const rulesOf = (config: ContainerConfig): Rules => ({
  limits: {
    bytes: config.memory.limits.max_container_size,
    depth: config.validation.max_nesting_depth,
    elements: config.validation.max_elements
  },
  viewFrom: config.zero_copy.enabled ? config.zero_copy.min_size : Number.POSITIVE_INFINITY,
  usual: config.default_format === "json" ? "json" : "messagepack",
  algorithm: algorithmOf(config),
  compressFrom: config.compression.min_size,
  level: config.compression.level
})

/** `current` holds the rules in force: replaced when the settings change, and read where a payload meets them. */
const make = (current: { rules: Rules }) => {
  const bounded = <B extends Uint8Array>(bytes: B): Effect.Effect<B, LimitExceeded> =>
    bytes.length > current.rules.limits.bytes
      ? Effect.fail(tooLarge(current.rules.limits.bytes))
      : Effect.succeed(bytes)

  const squeezed = (bytes: Uint8Array<ArrayBuffer>) => {
    const { algorithm, compressFrom, level } = current.rules
    return algorithm === undefined || bytes.length < compressFrom
      ? Effect.succeed(bytes)
      : Compression.compress(bytes, algorithm, level)
  }

  const expanded = (bytes: Uint8Array): Effect.Effect<Uint8Array, LimitExceeded | MalformedContainer> =>
    Compression.isCompressed(bytes) ? Compression.decompress(bytes, current.rules.limits) : Effect.succeed(bytes)

  const parse = <A, I>(schema: Schema.Codec<A, I>, value: unknown) =>
    Effect.mapError(
      Schema.decodeUnknownEffect(Schema.toCodecJson(schema))(value, { errors: "all" }),
      (error) => new InvalidPayload({ problem: error.message })
    )

  const print = <A, I>(schema: Schema.Codec<A, I>, value: A) =>
    Effect.mapError(
      Schema.encodeEffect(Schema.toCodecJson(schema))(value, { errors: "all" }),
      (error) => new InvalidPayload({ problem: error.message })
    )

  return Codecs.of({
    encode: (container, format = current.rules.usual) =>
      Effect.flatMap(
        codecOf(format),
        (codec) =>
          encoding(() =>
            codec === "json"
              ? ContainerJson.encode(container, current.rules.limits)
              : owned(ContainerMsgpack.encode(container, current.rules.limits))
          ).pipe(
            Effect.flatMap(bounded),
            Effect.flatMap(squeezed),
            measured(codec, "encode", (bytes) => bytes.length)
          )
      ),
    decode: (bytes, format = current.rules.usual) =>
      Effect.flatMap(codecOf(format), (codec) =>
        bounded(bytes).pipe(
          Effect.flatMap(expanded),
          Effect.flatMap((payload) =>
            decoding(codec, () =>
              codec === "json"
                ? ContainerJson.decode(payload, current.rules.limits)
                : ContainerMsgpack.decode(payload, current.rules))
          ),
          measured(codec, "decode", () => bytes.length)
        )),
    encodeValue: (schema, value, format = current.rules.usual) =>
      Effect.flatMap(codecOf(format), (codec) =>
        print(schema, value).pipe(
          Effect.flatMap((json) => encoding(() => owned(Values.write(json, codec)))),
          Effect.flatMap(bounded),
          measured(codec, "encode", (bytes) => bytes.length)
        )),
    decodeValue: (schema, bytes, format = current.rules.usual) =>
      Effect.flatMap(codecOf(format), (codec) =>
        bounded(bytes).pipe(
          Effect.flatMap((payload) => decoding(codec, () => Values.read(payload, codec, current.rules.limits))),
          Effect.flatMap((json) => parse(schema, json)),
          measured(codec, "decode", () => bytes.length)
        ))
  })
}

export const layer = (config: ContainerConfig, live: Plugin.Live<ContainerConfig>): Layer.Layer<Codecs> =>
  Layer.effect(
    Codecs,
    Effect.gen(function*() {
      const current = { rules: rulesOf(config) }
      yield* live.onChange((next) =>
        Effect.sync(() => {
          current.rules = rulesOf(next)
        })
      )
      return make(current)
    })
  )
