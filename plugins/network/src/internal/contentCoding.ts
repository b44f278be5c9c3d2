/**
 * Content codings by `node:zlib`, for bodies that are there as a whole. Effect's own platform compresses these, too, but does not tell
 * zstd how large they are, and eight of 4 KiB at once then took 5 to 17 times as long.
 */
import * as Effect from "effect/Effect"
import * as zlib from "node:zlib"
import type { Algorithm } from "../config/compression.ts"

const { BROTLI_PARAM_QUALITY, BROTLI_PARAM_SIZE_HINT, ZSTD_c_compressionLevel } = zlib.constants

/** The setting on the scale of an algorithm. */
export const levelFor = (algorithm: Algorithm, level: number): number => {
  if (algorithm === "br") return level
  return Math.max(1, algorithm === "zstd" ? level : Math.min(9, level))
}

const brotliOptions = ({ byteLength }: Uint8Array, level: number): zlib.BrotliOptions => ({
  params: { [BROTLI_PARAM_QUALITY]: level, [BROTLI_PARAM_SIZE_HINT]: byteLength }
})

const zstdOptions = ({ byteLength }: Uint8Array, level: number): zlib.ZstdOptions => ({
  params: { [ZSTD_c_compressionLevel]: level },
  pledgedSrcSize: byteLength
})

/** On the event loop: for bodies of a few KiB, of which a thread would cost more than it spares. */
export const compressNow = (body: Uint8Array, algorithm: Algorithm, level: number): Uint8Array => {
  switch (algorithm) {
    case "gzip":
      return zlib.gzipSync(body, { level })
    case "deflate":
      return zlib.deflateSync(body, { level })
    case "br":
      return zlib.brotliCompressSync(body, brotliOptions(body, level))
    case "zstd":
      return zlib.zstdCompressSync(body, zstdOptions(body, level))
  }
}

/** On a thread of libuv. */
export const compress = (body: Uint8Array, algorithm: Algorithm, level: number): Effect.Effect<Uint8Array> =>
  Effect.callback((resume) => {
    const done = (error: Error | null, result: Uint8Array) =>
      resume(error === null ? Effect.succeed(result) : Effect.die(error))
    switch (algorithm) {
      case "gzip":
        return zlib.gzip(body, { level }, done)
      case "deflate":
        return zlib.deflate(body, { level }, done)
      case "br":
        return zlib.brotliCompress(body, brotliOptions(body, level), done)
      case "zstd":
        return zlib.zstdCompress(body, zstdOptions(body, level), done)
    }
  })

export interface Expanded {
  readonly whole: (body: Buffer) => void
  /** It would be larger than the limit. Nothing beyond the limit was kept. */
  readonly tooLarge: () => void
  readonly malformed: () => void
}

type Expander = (
  body: Buffer,
  options: { readonly maxOutputLength: number },
  done: (error: Error | null, result: Buffer) => void
) => void

const expanders: Readonly<Record<Algorithm, Expander>> = {
  gzip: zlib.gunzip,
  deflate: zlib.inflate,
  br: zlib.brotliDecompress,
  zstd: zlib.zstdDecompress
}

/** On a thread of libuv, and no further than the limit. */
export const expand = (body: Buffer, algorithm: Algorithm, limit: number, expanded: Expanded): void =>
  expanders[algorithm](body, { maxOutputLength: limit }, (error, result) => {
    if (error === null) expanded.whole(result)
    else if ("code" in error && error.code === "ERR_BUFFER_TOO_LARGE") expanded.tooLarge()
    else expanded.malformed()
  })

const names: ReadonlyMap<string, Algorithm> = new Map([
  ["gzip", "gzip"],
  ["x-gzip", "gzip"],
  ["deflate", "deflate"],
  ["br", "br"],
  ["zstd", "zstd"]
])

/** Of `Content-Encoding`. Several codings in a row are none: a small body could let the inner ones expand without an end. */
export const algorithmOf = (coding: string): Algorithm | undefined => names.get(coding.trim().toLowerCase())
