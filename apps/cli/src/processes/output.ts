/** Passes on what a process writes, whole lines at a time, so that the lines of several processes are not torn. */
import type { Readable, Writable } from "node:stream"

const newline = 0x0a

/** A line without an end is passed on in parts of this size. */
const longest = 1024 * 1024

export const forwardLines = (from: Readable, to: Writable): void => {
  let rest: Buffer = Buffer.alloc(0)
  const write = (bytes: Buffer): void => {
    if (bytes.byteLength === 0 || to.write(bytes)) return
    from.pause()
    to.once("drain", () => from.resume())
  }
  from.on("data", (chunk: Buffer) => {
    const all = rest.byteLength === 0 ? chunk : Buffer.concat([rest, chunk])
    const end = all.byteLength > longest ? all.byteLength : all.lastIndexOf(newline) + 1
    rest = all.subarray(end)
    write(all.subarray(0, end))
  })
  from.on("end", () => write(rest))
}
