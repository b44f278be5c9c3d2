/** What a peer is told that does not keep to the protocol, and what an error frame says: JSON, so that no codec is needed. */
import { ErrorCode } from "@heptad/common"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import type { Fault } from "./frame.ts"

/** Faults of the order of frames, beside those of their form. */
export type Reason =
  | Fault
  | "duplicate_id"
  | "reserved_id"
  | "unexpected_kind"
  | "ping_flood"
  | "trace_context"
  | "error_payload"
  | "truncated"

const why: Readonly<Record<Reason, string>> = {
  magic: "These bytes are not the framed protocol. Check the port and whether TLS is spoken on both sides.",
  version: "This end speaks version 1 of the framed protocol. Use a peer of the same version.",
  kind: "The frame is of an unknown kind. Check the peer.",
  flags: "The frame has unknown flags. Check the peer.",
  length: "A ping is empty and a pong has 8 bytes. Check the peer.",
  too_large: "The frame is too large. Send less at a time, or raise network.framed.max_frame_size.",
  checksum: "The checksum of the frame does not match: bytes were changed on the way. Check what stands in between.",
  duplicate_id: "A request with this id is under way. Give every request of a connection another id.",
  reserved_id: "Id 0 belongs to the connection. Give requests ids from 1 on.",
  unexpected_kind: "A server sends no messages, a client no replies, errors or goaways. Check which end is which.",
  ping_flood: "More than 10 pings in a second. Ping less often.",
  trace_context: "The flag says that a trace context stands before the payload, which is shorter than 25 bytes.",
  error_payload: "The payload of an error frame is not the JSON that docs/framed.md describes. Check the peer.",
  truncated: "The connection ended within a frame."
}

export const sentenceOf = (reason: Reason): string => why[reason]

/** What went wrong, for the one who asked. */
export interface Refusal {
  readonly code: ErrorCode.ErrorCode
  readonly detail: string
}

export const refusalOf = (reason: Reason): Refusal => ({
  code: ErrorCode.of(reason === "too_large" ? "network.message_too_large" : "network.receive"),
  detail: why[reason]
})

const Payload = Schema.fromJsonString(
  Schema.Struct({ code: Schema.String, number: Schema.Int, detail: Schema.String, retryable: Schema.Boolean })
)
export type ErrorPayload = typeof Payload.Type

export const encodeRefusal = ({ code, detail }: Refusal): Uint8Array =>
  Buffer.from(JSON.stringify({ code: code.name, number: code.number, detail, retryable: code.retryable }))

const decode = Schema.decodeUnknownOption(Payload)

export const decodeRefusal = (payload: Uint8Array): ErrorPayload | undefined =>
  Option.getOrUndefined(decode(Buffer.from(payload.buffer, payload.byteOffset, payload.length).toString("utf8")))
