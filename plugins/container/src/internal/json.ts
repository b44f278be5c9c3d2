/** JSON bytes to a value, after a scan has shown that its depth and size are within bounds. */
import { scan } from "./jsonScan.ts"
import { type Limits, malformed } from "./limits.ts"

const decoder = new TextDecoder("utf-8", { fatal: true })

const parsed = (bytes: Uint8Array): unknown => {
  try {
    return JSON.parse(decoder.decode(bytes))
  } catch (error) {
    throw malformed("json", error instanceof Error ? error.message : String(error))
  }
}

/** Throws `LimitExceeded` or `MalformedContainer`. */
export const parse = (bytes: Uint8Array, limits: Limits): unknown => {
  scan(bytes, limits)
  return parsed(bytes)
}
