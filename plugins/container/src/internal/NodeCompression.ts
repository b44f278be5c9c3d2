/**
 * Compressed payloads: the byte 0xc1, which begins neither JSON nor MessagePack, a byte for the algorithm, the data.
 * zlib stops at the size limit, so a decompression bomb costs no more than an honest payload of that size.
 */
import * as Effect from "effect/Effect"
import * as zlib from "node:zlib"
import type { LimitExceeded, MalformedContainer } from "../errors.ts"
import { type Limits, malformed, tooLarge } from "./limits.ts"

export type Algorithm = "gzip" | "zstd"

const mark = 0xc1
const numbers: Readonly<Record<Algorithm, number>> = { gzip: 1, zstd: 2 }

type Done = (error: Error | null, result: Uint8Array) => void

const isTooLarge = (error: Error): boolean => "code" in error && error.code === "ERR_BUFFER_TOO_LARGE"

/** Fails with what zlib says; `tooLarge` when it stopped at the limit. */
const run = (limit: number, start: (done: Done) => void) =>
  Effect.callback<Uint8Array, LimitExceeded | MalformedContainer>((resume) =>
    start((error, result) => {
      if (error === null) resume(Effect.succeed(result))
      else resume(Effect.fail(isTooLarge(error) ? tooLarge(limit) : malformed("compressed", error.message)))
    })
  )

const framed = (algorithm: Algorithm, data: Uint8Array): Uint8Array<ArrayBuffer> => {
  const frame = new Uint8Array(data.length + 2)
  frame[0] = mark
  frame[1] = numbers[algorithm]
  frame.set(data, 2)
  return frame
}

const zstdParams = (level: number) => ({
  [zlib.constants.ZSTD_c_compressionLevel]: level,
  [zlib.constants.ZSTD_c_checksumFlag]: 1
})

/** The frame, or the payload itself when that is shorter. zlib cannot fail on a buffer; if it does, it is a defect. */
export const compress = (bytes: Uint8Array<ArrayBuffer>, algorithm: Algorithm, level: number) =>
  run(Number.POSITIVE_INFINITY, (done) =>
    algorithm === "gzip"
      ? zlib.gzip(bytes, { level }, done)
      : zlib.zstdCompress(bytes, { params: zstdParams(level) }, done)).pipe(
      Effect.orDie,
      Effect.map((data) => data.length + 2 < bytes.length ? framed(algorithm, data) : bytes)
    )

export const isCompressed = (bytes: Uint8Array): boolean => bytes[0] === mark

/** Fails with `LimitExceeded` or `MalformedContainer`. */
export const decompress = (bytes: Uint8Array, { bytes: limit }: Limits) => {
  const data = bytes.subarray(2)
  const options = { maxOutputLength: limit }
  switch (bytes[1]) {
    case numbers.gzip:
      return run(limit, (done) => zlib.gunzip(data, options, done))
    case numbers.zstd:
      return run(limit, (done) => zlib.zstdDecompress(data, options, done))
    default:
      return Effect.fail(malformed("compressed", "its algorithm is unknown"))
  }
}
