/**
 * Bodies with a Content-Length are judged by it, and buffered ones are counted by who buffers them. This ends one that a handler
 * reads as a stream, whatever the version of HTTP. The chunk is handed on first, so that a buffering reader answers 413.
 */
import type { Readable } from "node:stream"
import { BodyTooLarge } from "../middleware/limits.ts"

/** Whether so many bytes are too many; then who reads them is told. */
export const isTooMany = (request: Readable, arrived: number, limit: number): boolean => {
  if (arrived <= limit) return false
  if (request.listenerCount("error") > 0) request.emit("error", new BodyTooLarge())
  return true
}
