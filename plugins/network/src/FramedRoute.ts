/** What a framed request is: both ends share one value, so that neither can send what the other does not read. */
import type { ErrorCode } from "@heptad/common"
import type { Container } from "@heptad/container"
import { type PayloadSchema, type Transcoder, transcoder } from "./internal/framed/payload.ts"

export interface FramedRoute<in out Payload, in out Reply> {
  /** `type` of the container, for example `order.create`. */
  readonly type: string
  /** `version` of the container. */
  readonly version: string
  readonly payload: Transcoder<Payload>
  readonly reply: Transcoder<Reply>
}

/** A route; its version is "1.0" where none is given. */
export const make = <Payload, Reply>(
  type: string,
  { payload, reply, version = "1.0" }: {
    readonly payload: PayloadSchema<Payload>
    readonly reply: PayloadSchema<Reply>
    readonly version?: string
  }
): FramedRoute<Payload, Reply> => ({ type, version, payload: transcoder(payload), reply: transcoder(reply) })

/** Who asked. */
export interface FramedRequest {
  /** Envelope of the container. What it says of its source is the client's word. */
  readonly header: Container.Header
  readonly remoteAddress: string
}

/** What a handler may fail with: an error of the registry. */
export type FramedFailure = ErrorCode.Coded & { readonly message: string }
