/**
 * An OCSP response (RFC 6960) as far as a server that staples it must know it: whether it is one, what it says, and until
 * when it is good. Clients check its signature; nobody can be deceived by a wrong one here.
 */
import { type Element, elements, inside } from "./der.ts"

export interface Response {
  /** `good`, or why no client would be helped by it. */
  readonly status: "good" | "revoked" | "unknown" | "refused"
  /** Of the certificate, as Node writes it. */
  readonly serialNumber: string
  /** Milliseconds; absent when the authority promises no end. */
  readonly nextUpdate: number | undefined
}

const tags = { integer: 0x02, sequence: 0x30, enumerated: 0x0a, octets: 0x04, time: 0x18, explicit0: 0xa0 }

const generalized = /^(\d{4})(\d{2})(\d{2})(\d{2})(\d{2})(\d{2})Z$/

const timeOf = (element: Element | undefined): number | undefined => {
  if (element?.tag !== tags.time) return undefined
  const match = generalized.exec(Buffer.from(element.content).toString("latin1"))
  if (match === null) return undefined
  const [year = 0, month = 0, ...rest] = match.slice(1).map(Number)
  return Date.UTC(year, month - 1, ...rest)
}

const statuses: Readonly<Record<number, Response["status"]>> = { 0x80: "good", 0xa1: "revoked", 0x82: "unknown" }

/** A positive number whose first bit is set has a zero byte before it. */
const hexOf = (element: Element | undefined): string | undefined =>
  element?.tag === tags.integer
    ? Buffer.from(element.content).toString("hex").toUpperCase().replace(/^(?:00)+(?=.)/, "")
    : undefined

/** SingleResponse: certID (of which the serial number is the last part), certStatus, thisUpdate, [0] nextUpdate. */
const single = (element: Element | undefined): Response | undefined => {
  const [id, status, , next] = inside(element, tags.sequence) ?? []
  const serialNumber = hexOf(inside(id, tags.sequence)?.at(-1))
  const found = statuses[status?.tag ?? 0]
  if (found === undefined || serialNumber === undefined) return undefined
  return { status: found, serialNumber, nextUpdate: timeOf(inside(next, tags.explicit0)?.[0]) }
}

/** ResponseData: [0] version, responderID, producedAt, responses. */
const data = (element: Element | undefined): Response | undefined => {
  const responses = inside(element, tags.sequence)?.find(({ tag }) => tag === tags.sequence)
  return single(inside(responses, tags.sequence)?.[0])
}

/** What the first response says; undefined when the bytes are no OCSP response. */
export const read = (bytes: Uint8Array): Response | undefined => {
  const [outer, ...more] = elements(bytes) ?? []
  const [status, wrapped] = inside(outer, tags.sequence) ?? []
  if (more.length > 0 || status?.tag !== tags.enumerated) return undefined
  if (status.content[0] !== 0) return { status: "refused", serialNumber: "", nextUpdate: undefined }
  const [, basic] = inside(inside(wrapped, tags.explicit0)?.[0], tags.sequence) ?? []
  const [response] = inside(basic, tags.octets) ?? []
  return data(inside(response, tags.sequence)?.[0])
}
