/**
 * Hands answers to node. An answer whose body is there as a whole is written here, with all of its head in one flat list and in
 * one piece; every other one is dressed and left to Effect's own writer.
 */
import * as Effect from "effect/Effect"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import * as Response from "effect/http/HttpServerResponse"
import type { AnyFiber, Middleware, Transform } from "../middleware/Middleware.ts"
import { AnswerBatch } from "./AnswerBatch.ts"
import type { EventStreams } from "./eventStreams.ts"
import type { Exchange } from "./exchange.ts"
import { Heads } from "./heads.ts"

type Write = (exchange: Exchange, response: HttpServerResponse, fiber: AnyFiber) => boolean

export interface Answers {
  /** What the list makes of an answer before it is written; undefined when nobody in it makes anything of answers. */
  readonly transform: Transform | undefined
  /** Whether the exchange is over: the answer was written, or nobody is left to take one. */
  readonly write: Write
  /** The same at the end of this turn of the event loop, for those behind whom nobody writes any more. */
  readonly writeTogether: Write
  /** The same for an answer that is no more than a text. */
  readonly writeText: (exchange: Exchange, answer: TextAnswer, fiber: AnyFiber) => boolean
  /** For who writes it otherwise: the same answer with the fields of the list, which ends here. */
  readonly dressed: (exchange: Exchange, response: HttpServerResponse, fiber: AnyFiber) => HttpServerResponse
}

export interface TextAnswer {
  readonly status: number
  readonly contentType: string
  readonly text: string
}

const hasNoBody = (status: number): boolean => status === 204 || status === 205 || status === 304

/** Of a request that is still arriving Effect decides whether the connection can go on. */
const takesWhole = ({ hasBody, method, request }: Exchange, status: number): boolean =>
  status >= 200 && status <= 599 && !hasNoBody(status) && method !== "HEAD" && request.httpVersionMajor === 1 &&
  (!hasBody || request.complete)

const isWhole = ({ body, cookies }: HttpServerResponse): boolean =>
  (body._tag === "Uint8Array" || body._tag === "Empty") && isEmpty(cookies.cookies)

const isEmpty = (record: object): boolean => {
  for (const _ in record) return false
  return true
}

/** Content-Type and Content-Length never meet a field of the list. */
const setsFields = (headers: Readonly<Record<string, string>>): boolean => {
  for (const name in headers) if (name !== "content-type" && name !== "content-length") return true
  return false
}

const namesIn = (vary: string): ReadonlyArray<string> => vary.toLowerCase().split(",").map((name) => name.trim())

const varying = (known: string | undefined, added: string): string => {
  if (known === undefined) return added
  const names = namesIn(known)
  const missing = names.includes("*") ? [] : namesIn(added).filter((name) => !names.includes(name))
  return [known, ...missing].join(", ")
}

/** What a handler set itself wins, but for what its answer varies by: that adds up. */
const merged = (fields: ReadonlyArray<string>, headers: Readonly<Record<string, string>>): Record<string, string> => {
  const all: Record<string, string> = {}
  for (let index = 0; index < fields.length; index += 2) {
    const name = fields[index] ?? ""
    const value = fields[index + 1] ?? ""
    all[name] = name === "vary" ? varying(all["vary"], value) : value
  }
  const { vary } = all
  Object.assign(all, headers)
  if (vary !== undefined) all["vary"] = varying(headers["vary"], vary)
  return all
}

const inTurn = (first: Transform, second: Transform): Transform => (exchange, response) => {
  const changed = first(exchange, response)
  if (!Effect.isEffect(changed)) return second(exchange, changed)
  return Effect.flatMap(changed, (response) => asEffect(second(exchange, response)))
}

const asEffect = (changed: ReturnType<Transform>): Effect.Effect<HttpServerResponse> =>
  Effect.isEffect(changed) ? changed : Effect.succeed(changed)

type End = (response: Exchange["response"], body: string | Uint8Array | undefined) => void

const endAtOnce: End = (response, body) => {
  response.end(body)
}

export const answers = (list: ReadonlyArray<Middleware>, { carried }: Pick<EventStreams, "carried">): Answers => {
  const heads = new Heads(list.flatMap(({ fields = [] }) => fields))
  const dresses = list.flatMap(({ dress }) => dress === undefined ? [] : [dress])
  const [first, ...others] = list.flatMap(({ transform }) => transform === undefined ? [] : [transform])
  const transform = first === undefined ? undefined : others.reduce(inTurn, first)
  const batch = new AnswerBatch()
  const ends = list.flatMap(({ end }) => end === undefined ? [] : [end])

  const fieldsOf = (exchange: Exchange, status: number): Array<string> => {
    const fields: Array<string> = []
    for (const dress of dresses) dress(exchange, status, fields)
    return fields
  }

  const allFieldsOf = (exchange: Exchange, { headers, status }: HttpServerResponse): Record<string, string> =>
    merged([...heads.constant, ...fieldsOf(exchange, status)], headers)

  const ended = (exchange: Exchange, status: number, fiber: AnyFiber): void => {
    for (const end of ends) end(exchange, status, fiber)
  }

  const writeHead = (exchange: Exchange, response: HttpServerResponse): void => {
    const { response: node } = exchange
    const { headers, status, statusText } = response
    if (statusText !== undefined || setsFields(headers)) {
      node.writeHead(status, statusText, allFieldsOf(exchange, response))
      return
    }
    const fields = fieldsOf(exchange, status)
    const length = headers["content-length"]
    if (length !== undefined) fields.push("content-length", length)
    heads.write(node, status, headers["content-type"] ?? "", fields)
  }

  const writeText: Answers["writeText"] = (exchange, { contentType, status, text }, fiber) => {
    const { response: node } = exchange
    if (transform !== undefined || node.destroyed || node.headersSent || !takesWhole(exchange, status)) return false
    const fields = fieldsOf(exchange, status)
    const bytes = Buffer.byteLength(text)
    fields.push("content-length", String(bytes))
    heads.write(node, status, contentType, fields)
    // A text of ASCII is the same in both, and the one is copied where the other is encoded.
    batch.end(node, text, bytes === text.length ? "latin1" : "utf8")
    ended(exchange, status, fiber)
    return true
  }

  const endTogether: End = (node, body) => {
    // Bytes may belong to a scope that is closed by then.
    if (typeof body === "string") batch.end(node, body, "utf8")
    else node.end(body)
  }

  const writer = (end: End): Write => (exchange, response, fiber) => {
    const { response: node } = exchange
    if (node.destroyed || node.headersSent) {
      ended(exchange, response.status, fiber)
      return true
    }
    if (!takesWhole(exchange, response.status) || !isWhole(response)) return false
    const { body } = response
    writeHead(exchange, response)
    end(node, body._tag === "Uint8Array" ? body.text ?? body.body : undefined)
    ended(exchange, response.status, fiber)
    return true
  }

  const dressed: Answers["dressed"] = (exchange, response, fiber) => {
    ended(exchange, response.status, fiber)
    return carried(exchange, Response.setHeaders(response, allFieldsOf(exchange, response)))
  }

  return { transform, write: writer(endAtOnce), writeTogether: writer(endTogether), writeText, dressed }
}

type Delivery<A> = (exchange: Exchange, response: HttpServerResponse, fiber: AnyFiber) => Effect.Effect<A>

/** What the list makes of an answer is delivered in its place. */
export const changing = <A>({ transform }: Answers, deliver: Delivery<A>): Delivery<A> =>
  transform === undefined ? deliver : (exchange, response, fiber) => {
    const changed = transform(exchange, response)
    return Effect.isEffect(changed)
      ? Effect.flatMap(changed, (changed) => deliver(exchange, changed, fiber))
      : deliver(exchange, changed, fiber)
  }
