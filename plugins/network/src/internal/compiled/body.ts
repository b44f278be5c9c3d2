/** Reads the body of a compiled endpoint, within its limit, before the handler begins. */
import type * as http from "node:http"

export interface Reader {
  /** The body is here as a whole. */
  readonly whole: (body: Buffer) => void
  /** More arrived than is read; the rest is left to arrive. */
  readonly tooLarge: () => void
}

/** A client that goes away in between leaves nothing to do: node tells it on the answer. */
export const readBody = (request: http.IncomingMessage, limit: number, reader: Reader): void => {
  let first: Buffer | undefined
  let rest: Array<Buffer> | undefined
  let length = 0

  const stop = (): void => {
    request.off("data", take).off("end", end)
  }
  const take = (chunk: Buffer): void => {
    length += chunk.length
    if (length > limit) {
      stop()
      reader.tooLarge()
    } else if (first === undefined) first = chunk
    else if (rest === undefined) rest = [first, chunk]
    else rest.push(chunk)
  }
  const end = (): void => reader.whole(rest === undefined ? first ?? Buffer.alloc(0) : Buffer.concat(rest, length))
  request.on("data", take).on("end", end)
}
