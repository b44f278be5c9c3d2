/**
 * Writes the answers of one endpoint without Schema. Status, media type and the way from value to text are learned from an
 * answer that Effect made of the same value; an encoder that would have written something else never writes.
 */
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import { type Exact, inexact } from "./exactness.ts"

/** An answer that is a status and a text; Effect's form of it is made only where somebody asks for it. */
export class Encoded {
  readonly status: number
  readonly contentType: string
  readonly text: string

  constructor(status: number, contentType: string, text: string) {
    this.status = status
    this.contentType = contentType
    this.text = text
  }
}

export const responseOf = (outcome: HttpServerResponse | Encoded): HttpServerResponse =>
  outcome instanceof Encoded ? Response.text(outcome.text, outcome) : outcome

export interface Encoder {
  /** Undefined until it has learned, and for a value that is not exact. */
  readonly encode: (value: unknown) => Encoded | undefined
  readonly learn: (value: unknown, response: HttpServerResponse) => void
}

type Text = (value: unknown) => string | undefined

const asJson: Text = (value) => JSON.stringify(value)
const asText: Text = (value) => typeof value === "string" ? value : undefined

const bodyHeaders = new Set(["content-type", "content-length"])

/** An answer that is no more than a status and a text. */
const textIn = ({ body, cookies, headers }: HttpServerResponse): string | undefined =>
  body._tag === "Uint8Array" && Object.keys(headers).every((name) => bodyHeaders.has(name)) &&
    Object.keys(cookies.cookies).length === 0
    ? body.text
    : undefined

const written = (way: Text, value: unknown): string | undefined => value === inexact ? undefined : way(value)

export const encoderOf = (exact: Exact): Encoder => {
  let way: Text | undefined
  let status = 200
  let contentType = ""
  let tried = 0
  return {
    encode: (value) => {
      if (way === undefined) return undefined
      const text = written(way, exact(value))
      return text === undefined ? undefined : new Encoded(status, contentType, text)
    },
    learn: (value, response) => {
      const copy = way === undefined && tried++ < 100 ? exact(value) : inexact
      const text = textIn(response)
      if (copy === inexact || text === undefined) return
      way = [asJson, asText].find((candidate) => written(candidate, copy) === text)
      status = response.status
      contentType = response.headers["content-type"] ?? ""
    }
  }
}
