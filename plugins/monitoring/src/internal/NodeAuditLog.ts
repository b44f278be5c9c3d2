/**
 * The audit log: one JSON object a line, appended in one write and on the disk before the caller goes on. A line that was
 * torn by a full disk or a crash is taken back or ended, so that the lines after it can be read.
 */
import { isSecretName, redacted } from "@heptad/common"
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { type FileHandle, open, rename, stat } from "node:fs/promises"
import { AuditUnwritable } from "../errors.ts"
import type { Command } from "./ops.ts"

export interface Entry extends Pick<Command, "operation" | "role" | "peer" | "dryRun" | "input"> {
  /** `asked` before anything happens; afterwards `done`, or the code of the problem. */
  readonly outcome: string
  /** The same on both lines of one request; counted from the start of the process. */
  readonly request: number
}

export interface AuditLog {
  readonly write: (entry: Entry) => Effect.Effect<void, AuditUnwritable>
}

const limits = { bytes: 10 * 1024 * 1024, files: 5, input: 4096 }

/** A disk that does not answer must not hold whoever asked. */
const deadline = "5 seconds"

const shown = (input: unknown): unknown => {
  const text = JSON.stringify(input, (name, value: unknown) => isSecretName(name) ? redacted : value)
  return text.length <= limits.input
    ? JSON.parse(text)
    : `${text.slice(0, limits.input)}... [cut, was ${text.length} characters]`
}

const lineOf = ({ dryRun, input, ...entry }: Entry, time: string): string =>
  `${JSON.stringify({ time, pid: process.pid, ...entry, dry_run: dryRun, input: shown(input) })}\n`

const sizeOf = (path: string): Promise<number> => stat(path).then((found) => found.isFile() ? found.size : 0, () => 0)

const missing = (error: unknown): void => {
  if (!(error instanceof Error && "code" in error && error.code === "ENOENT")) throw error
}

/** `audit.log.1` is the newest of the old ones; the oldest goes. */
const rotate = async (path: string): Promise<void> => {
  for (let number = limits.files - 1; number >= 1; number--) {
    await rename(`${path}.${number}`, `${path}.${number + 1}`).catch(missing)
  }
  await rename(path, `${path}.1`)
}

const endsInLine = async (file: FileHandle, size: number): Promise<boolean> => {
  if (size === 0) return true
  const { buffer } = await file.read(Buffer.alloc(1), 0, 1, size - 1)
  return buffer.toString() === "\n"
}

const appendTo = async (file: FileHandle, line: string): Promise<void> => {
  const found = await file.stat()
  // A link to a device keeps the mode of the device.
  if (found.isFile()) await file.chmod(0o600)
  const { size } = found
  const bytes = Buffer.from(await endsInLine(file, size) ? line : `\n${line}`)
  const { bytesWritten } = await file.write(bytes)
  if (bytesWritten < bytes.byteLength) {
    await file.truncate(size)
    throw new Error("the disk is full")
  }
  await file.sync()
}

const append = async (path: string, line: string): Promise<void> => {
  if (await sizeOf(path) + Buffer.byteLength(line) > limits.bytes) await rotate(path)
  const file = await open(path, "a+", 0o600)
  try {
    await appendTo(file, line)
  } finally {
    await file.close()
  }
}

const reasonOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

export const make = (path: string): AuditLog => {
  const one = Semaphore.makeUnsafe(1)
  const unwritable = (reason: string) => new AuditUnwritable({ path, reason })
  return {
    write: Effect.fnUntraced(function*(entry) {
      const line = lineOf(entry, DateTime.formatIso(yield* DateTime.now))
      yield* Effect.tryPromise({ try: () => append(path, line), catch: (error) => unwritable(reasonOf(error)) }).pipe(
        (appending) => one.withPermit(appending),
        Effect.timeoutOrElse({ duration: deadline, orElse: () => Effect.fail(unwritable("the disk does not answer")) })
      )
    })
  }
}
