/**
 * A log file: made with its folder, readable by its owner only, opened again when it failed, rotated by size. Rotation
 * renames `app.log` to `app.log.1`, the older ones one further, and compresses in the background.
 */
import * as Clock from "effect/Clock"
import * as Effect from "effect/Effect"
import * as Fiber from "effect/Fiber"
import * as fs from "node:fs"
import * as path from "node:path"
import { pipeline } from "node:stream/promises"
import { createGzip } from "node:zlib"
import { FileOpenFailed, RotationFailed, WriteFailed } from "../errors.ts"
import type { Destination } from "./Destination.ts"
import { reasonOf, writeAll, writeAllSync } from "./NodeFd.ts"

export interface Rotation {
  readonly maxBytes: number
  readonly maxFiles: number
  readonly compress: boolean
}

export interface Options {
  readonly path: string
  readonly rotation?: Rotation
  /** Told once per failed rotation; the file goes on growing. */
  readonly onRotationFailed: (error: RotationFailed) => void
}

interface Open {
  readonly fd: number
  /** Of a regular file; anything else (a device, a pipe) is never rotated. */
  readonly rotates: boolean
  bytes: number
}

/** A crash or a full disk leaves half a line behind; the next record must not be glued to it. */
const endLine = (fd: number, size: number): number => {
  const last = Buffer.alloc(1)
  fs.readSync(fd, last, 0, 1, size - 1)
  return last.toString() === "\n" ? size : size + fs.writeSync(fd, "\n")
}

const open = (file: string): Open => {
  try {
    fs.mkdirSync(path.dirname(file), { recursive: true })
    const fd = fs.openSync(file, "a+", 0o600)
    const stat = fs.fstatSync(fd)
    return { fd, rotates: stat.isFile(), bytes: stat.isFile() && stat.size > 0 ? endLine(fd, stat.size) : 0 }
  } catch (error) {
    throw new FileOpenFailed({ path: file, reason: reasonOf(error) })
  }
}

const gzip = (file: string) =>
  Effect.tryPromise(async (signal) => {
    const target = `${file}.gz`
    try {
      await pipeline(
        fs.createReadStream(file),
        createGzip(),
        fs.createWriteStream(`${target}.part`, { mode: 0o600 }),
        { signal }
      )
      fs.renameSync(`${target}.part`, target)
      fs.unlinkSync(file)
    } catch (error) {
      fs.rmSync(`${target}.part`, { force: true })
      throw error
    }
  }).pipe(Effect.ignore)

const renameIfThere = (from: string, to: string): void => {
  if (fs.existsSync(from)) fs.renameSync(from, to)
}

/** Makes room for a new `.1`; the oldest one is overwritten or removed. */
const shift = (file: string, maxFiles: number): void => {
  for (const suffix of ["", ".gz"]) fs.rmSync(`${file}.${maxFiles}${suffix}`, { force: true })
  for (let number = maxFiles - 1; number >= 1; number--) {
    for (const suffix of ["", ".gz"]) renameIfThere(`${file}.${number}${suffix}`, `${file}.${number + 1}${suffix}`)
  }
  fs.renameSync(file, `${file}.1`)
}

const retryRotationMillis = 60_000

export const make = (options: Options): Destination => {
  const { rotation } = options
  let current: Open | undefined
  let rotateNotBefore = 0
  let compressing: Fiber.Fiber<void> | undefined
  // A descriptor is closed only where no write of this sink can be under way: its number may be given to another file.
  let stale = false
  let ended = false

  const closeSync = (): void => {
    if (current !== undefined) fs.closeSync(current.fd)
    current = undefined
    stale = false
  }

  const opened = (): Open => current ??= open(options.path)

  const reopened = (): Open => {
    if (stale) closeSync()
    return opened()
  }

  const refused = (error: unknown): FileOpenFailed | WriteFailed => {
    stale = true
    return error instanceof FileOpenFailed ? error : new WriteFailed({ sink: options.path, reason: reasonOf(error) })
  }

  const isDue = (file: Open, length: number, now: number): boolean =>
    rotation !== undefined && file.rotates && file.bytes > 0 && file.bytes + length > rotation.maxBytes &&
    now >= rotateNotBefore

  const rotated = Effect.fnUntraced(function*({ compress, maxFiles }: Rotation) {
    // The file that is being compressed must not be renamed under its reader.
    if (compressing !== undefined) yield* Fiber.await(compressing)
    closeSync()
    yield* Effect.try({
      try: () => shift(options.path, maxFiles),
      catch: (error) => new RotationFailed({ path: options.path, reason: reasonOf(error) })
    })
    if (compress) compressing = yield* Effect.forkDetach(gzip(`${options.path}.1`))
  })

  const rotate = (rotation: Rotation, now: number) =>
    Effect.catch(rotated(rotation), (error) =>
      Effect.sync(() => {
        rotateNotBefore = now + retryRotationMillis
        options.onRotationFailed(error)
      }))

  const writable = Effect.fnUntraced(function*(length: number) {
    const now = yield* Clock.currentTimeMillis
    const file = yield* Effect.try({ try: reopened, catch: refused })
    if (rotation === undefined || !isDue(file, length, now)) return file
    yield* rotate(rotation, now)
    return yield* Effect.try({ try: opened, catch: refused })
  })

  return {
    name: options.path,
    write: Effect.fnUntraced(function*(bytes) {
      const file = yield* writable(bytes.length)
      yield* Effect.mapError(writeAll(file.fd, bytes), refused)
      file.bytes += bytes.length
    }),
    writeSync: (bytes) => {
      try {
        const file = opened()
        writeAllSync(file.fd, bytes)
        file.bytes += bytes.length
        if (ended) closeSync()
        return undefined
      } catch (error) {
        return refused(error)
      }
    },
    reopen: Effect.sync(closeSync),
    close: Effect.suspend(() => {
      closeSync()
      ended = true
      return compressing === undefined ? Effect.void : Fiber.interrupt(compressing)
    })
  }
}
