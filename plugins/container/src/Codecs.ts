/** Containers and Schema-typed payloads to bytes and back, within the limits of the settings. */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Schema from "effect/Schema"
import type { Container } from "./Container.ts"
import type { DecodeError, EncodeError, InvalidPayload } from "./errors.ts"

/** `binary` is the guide's third format; asking for it fails with `UnsupportedFormat`. */
export type Format = "messagepack" | "json" | "binary"

/**
 * Where no format is named, `container.default_format` is used. Every answer is a fresh array with its own ArrayBuffer,
 * which may be transferred to a worker.
 */
export class Codecs extends Context.Service<Codecs, {
  /** Compressed when `container.compression` says so; `decode` recognises that by itself. */
  readonly encode: (container: Container, format?: Format) => Effect.Effect<Uint8Array<ArrayBuffer>, EncodeError>
  /**
   * Sizes, depth and counts are checked before anything is built. Bytes values of `container.zero_copy.min_size` or more
   * are views of the input, so the input must not change afterwards.
   */
  readonly decode: (bytes: Uint8Array, format?: Format) => Effect.Effect<Container, DecodeError>
  /**
   * One value in the canonical JSON form of its schema, in either format, never compressed: what a peer without Heptad
   * can read. A `Uint8Array` inside travels as base64.
   */
  readonly encodeValue: <A, I>(
    schema: Schema.Codec<A, I>,
    value: A,
    format?: Format
  ) => Effect.Effect<Uint8Array<ArrayBuffer>, EncodeError | InvalidPayload>
  readonly decodeValue: <A, I>(
    schema: Schema.Codec<A, I>,
    bytes: Uint8Array,
    format?: Format
  ) => Effect.Effect<A, DecodeError | InvalidPayload>
}>()("@heptad/container/Codecs") {}
