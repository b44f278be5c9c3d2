/** Where keys come from: files of this machine, and the issuer's URL, each with a limit before anything is kept. */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import { Buffer } from "node:buffer"
import { createReadStream } from "node:fs"

const problemOf = (error: unknown): string =>
  error instanceof Error ? "code" in error ? String(error.code) : error.message : String(error)

const collect = async (body: AsyncIterable<Uint8Array>, limit: number): Promise<string> => {
  const chunks: Array<Uint8Array> = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > limit) throw new Error(`it is larger than ${limit} bytes`)
    chunks.push(chunk)
  }
  return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.concat(chunks))
}

const within = (timeout: Duration.Duration, what: string) =>
  Effect.timeoutOrElse({
    duration: timeout,
    orElse: () => Effect.fail(`${what}: no answer within ${Duration.format(timeout)}`)
  })

/** A file system over the network may hang, and a pipe says nothing at all. */
const fileTimeout = Duration.seconds(5)

/** Fails with half a sentence. */
export const ofFile = (path: string, limit: number): Effect.Effect<string, string> =>
  Effect.tryPromise({
    try: (signal) => collect(createReadStream(path, { signal }), limit),
    catch: (error) => `${path}: ${problemOf(error)}`
  }).pipe(within(fileTimeout, path))

const fetchText = async (url: string, limit: number, signal: AbortSignal): Promise<string> => {
  // A redirect could lead out of TLS, or to a place that nobody chose.
  const response = await fetch(url, { signal, redirect: "error", headers: { accept: "application/json" } })
  if (response.status === 200 && response.body !== null) return await collect(response.body, limit)
  await response.body?.cancel()
  throw new Error(`the answer has status ${response.status}`)
}

/** `fetch` hides what happened behind "fetch failed". */
const causeOf = (error: unknown): unknown =>
  error instanceof TypeError && error.cause instanceof Error ? error.cause : error

/** Fails with half a sentence. The deadline is for all of it, the body included. */
export const ofUrl = (
  url: string,
  limits: { readonly timeout: Duration.Duration; readonly maxSize: number }
): Effect.Effect<string, string> =>
  Effect.tryPromise({
    try: (signal) => fetchText(url, limits.maxSize, signal),
    catch: (error) => `${url}: ${problemOf(causeOf(error))}`
  }).pipe(within(limits.timeout, url))
