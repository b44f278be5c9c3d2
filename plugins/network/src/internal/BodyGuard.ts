/**
 * Looks at the body of a request of the general path while it arrives, before anybody reads it: whoever reads, as a whole, as a
 * stream or not at all, the request ends when its body becomes too large or too deep.
 */
import type * as http from "node:http"
import { bodyTooDeep, bodyTooLarge, closing, type Limits } from "../middleware/limits.ts"
import type * as Problem from "../Problem.ts"
import { cut } from "./cut.ts"
import type { Exchange } from "./exchange.ts"
import { isJsonType, JsonDepth } from "./jsonDepth.ts"

export class BodyGuard {
  readonly #exchange: Exchange
  readonly #limits: Pick<Limits, "max_request_size" | "max_json_depth">
  readonly #depth: JsonDepth | undefined
  #arrived = 0
  hasRefused = false

  constructor(exchange: Exchange, limits: Pick<Limits, "max_request_size" | "max_json_depth">) {
    this.#exchange = exchange
    this.#limits = limits
    this.#depth = isJsonType(exchange.head.contentType) ? new JsonDepth(limits.max_json_depth) : undefined
  }

  /** Whether the part may be handed on. Behind the answer the rest of the body is nobody's business any more. */
  readonly admits = (part: Uint8Array): boolean => {
    if (this.#exchange.response.writableEnded) return true
    const fault = this.hasRefused ? undefined : this.#faultIn(part)
    if (fault !== undefined) {
      this.hasRefused = true
      cut(this.#exchange, fault, closing)
    }
    return !this.hasRefused
  }

  #faultIn(part: Uint8Array): Problem.Occurrence | undefined {
    this.#arrived += part.length
    if (this.#arrived > this.#limits.max_request_size) return bodyTooLarge(this.#limits.max_request_size)
    const tooDeep = this.#depth?.goesTooDeep(part, (index) => part[index] ?? 0) ?? false
    return tooDeep ? bodyTooDeep(this.#limits.max_json_depth) : undefined
  }
}

/** From now on `guard` sees every part of the body first. */
export const guardBody = (request: http.IncomingMessage, guard: BodyGuard): void => {
  const push = request.push.bind(request)
  request.push = (part: Uint8Array | null, encoding) =>
    part === null || guard.admits(part) ? push(part, encoding) : false
  if (request.httpVersionMajor === 2) return
  const destroy = request.destroy.bind(request)
  // A reader that is interrupted destroys what it reads, and node the socket with it, on which the client is still to be told why.
  request.destroy = (error) => guard.hasRefused && !request.socket.destroyed ? request : destroy(error)
}
