/**
 * The lock of the data directory: a file that names its holder. It appears with its content (`link`), a dead holder's
 * is replaced by the one contender who may (`follow`), and the holder touches it, so that a holder in another container or on
 * another host, whose pid means nothing here, is known to live.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import type { PlatformError } from "effect/PlatformError"
import * as Schema from "effect/Schema"
import { createHash, randomUUID } from "node:crypto"
import { DataDirectoryInUse, DataDirectoryUnusable } from "../errors.ts"
import { Holder, isAlive, self } from "./holder.ts"

const touchEvery = Duration.seconds(2)
/** A foreign holder that did not touch its lock for so long is gone. */
const foreignSilence = Duration.seconds(20)
/** More rounds than contenders that start in the same moment ever need. */
const attempts = 5

const Text = Schema.fromJsonString(Holder)
const decode = Schema.decodeOption(Text)
const encode = Schema.encodeSync(Text)

const reasonIs = (tag: "AlreadyExists" | "NotFound") => (error: PlatformError) => error.reason._tag === tag

/** The text of the lock, none when there is no lock. */
const readLock = Effect.fnUntraced(function*(lock: string) {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* fileSystem.readFileString(lock).pipe(
    Effect.asSome,
    Effect.catchIf(reasonIs("NotFound"), () => Effect.succeedNone)
  )
})

const modified = Effect.fnUntraced(function*(lock: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const info = yield* Effect.option(fileSystem.stat(lock))
  return Option.getOrUndefined(Option.flatMap(info, ({ mtime }) => mtime))?.getTime()
})

const touchesIt = Effect.fnUntraced(function*(lock: string, { pid }: Holder) {
  const before = yield* modified(lock)
  yield* Effect.logWarning(
    `${lock} was left by process ${pid} of another container, host or boot: ` +
      `waiting ${Duration.format(foreignSilence)} to see whether it lives`
  )
  yield* Effect.sleep(foreignSilence)
  return (yield* modified(lock)) !== before
})

/** Where the holder lives if it does: undefined for a dead one and for a text that names nobody. */
const livingHolder = Effect.fnUntraced(function*(lock: string, text: string, mine: Holder) {
  const holder = Option.getOrUndefined(decode(text))
  if (holder === undefined) return undefined
  const here = holder.realm === mine.realm
  const lives = here ? yield* isAlive(holder) : yield* touchesIt(lock, holder)
  return lives ? { pid: holder.pid, here } : undefined
})

const create = Effect.fnUntraced(function*(lock: string, mine: Holder, beside: string) {
  const fileSystem = yield* FileSystem.FileSystem
  yield* fileSystem.writeFileString(beside, encode(mine), { flag: "w", mode: 0o600 })
  return yield* fileSystem.link(beside, lock).pipe(
    Effect.as(true),
    Effect.catchIf(reasonIs("AlreadyExists"), () => Effect.succeed(false)),
    Effect.ensuring(Effect.ignore(fileSystem.remove(beside)))
  )
})

/** The right to follow one dead holder, whose text no other holder ever has. It is itself such a lock. */
const successionOf = (lock: string, dead: string): string =>
  `${lock}.after-${createHash("sha256").update(dead).digest("hex").slice(0, 16)}`

/**
 * Puts our lock in the place of a dead one. Whoever holds the succession is alone between looking and replacing, so a
 * contender that looked too early finds another text in the lock and gives way.
 */
const replace = Effect.fnUntraced(function*(lock: string, dead: string, mine: Holder, beside: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const current = yield* readLock(lock)
  if (Option.isNone(current) || current.value !== dead) return false
  yield* fileSystem.writeFileString(beside, encode(mine), { flag: "w", mode: 0o600 })
  yield* fileSystem.rename(beside, lock)
  return true
})

interface Contest {
  readonly directory: string
  readonly lock: string
  readonly mine: Holder
}

/** Follows `dead`, or the one who died while following him. */
const follow: (
  contest: Contest,
  dead: string,
  last: string
) => Effect.Effect<boolean, PlatformError | DataDirectoryInUse, FileSystem.FileSystem> = Effect.fnUntraced(
  function*({ directory, lock, mine }, dead, last) {
    const fileSystem = yield* FileSystem.FileSystem
    // Two containers may share the directory and a pid, so a pid would not tell them apart here.
    const beside = `${lock}.${randomUUID()}`
    const succession = successionOf(lock, last)
    if (yield* create(succession, mine, beside)) {
      return yield* Effect.ensuring(replace(lock, dead, mine, beside), Effect.ignore(fileSystem.remove(succession)))
    }
    const text = yield* readLock(succession)
    if (Option.isNone(text)) return false
    const holder = yield* livingHolder(succession, text.value, mine)
    if (holder !== undefined) return yield* new DataDirectoryInUse({ path: directory, ...holder })
    const followed = yield* follow({ directory, lock, mine }, dead, text.value)
    if (followed) yield* Effect.ignore(fileSystem.remove(succession))
    return followed
  }
)

const attempt = Effect.fnUntraced(function*(contest: Contest) {
  const { directory, lock, mine } = contest
  if (yield* create(lock, mine, `${lock}.${randomUUID()}`)) return true
  const text = yield* readLock(lock)
  if (Option.isNone(text)) return false
  const holder = yield* livingHolder(lock, text.value, mine)
  if (holder !== undefined) return yield* new DataDirectoryInUse({ path: directory, ...holder })
  return yield* follow(contest, text.value, text.value)
})

const take = Effect.fnUntraced(function*(contest: Contest) {
  for (let round = 0; round < attempts; round++) {
    if (yield* attempt(contest)) return
  }
  const problem = "its lock changed hands while it was taken"
  return yield* new DataDirectoryUnusable({ path: contest.directory, problem })
})

const touch = Effect.fnUntraced(function*(lock: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const now = new Date(yield* Clock.currentTimeMillis)
  yield* Effect.ignore(fileSystem.utimes(lock, now, now))
})

const release = Effect.fnUntraced(function*(lock: string, mine: Holder) {
  const fileSystem = yield* FileSystem.FileSystem
  const text = yield* readLock(lock)
  if (Option.isSome(text) && text.value === encode(mine)) yield* fileSystem.remove(lock)
}, (released) => Effect.ignore(released))

/** Holds the lock of `directory` until the scope closes. */
export const hold = Effect.fnUntraced(function*(directory: string) {
  const lock = `${directory}/lock`
  const mine = yield* self
  yield* Effect.acquireRelease(take({ directory, lock, mine }), () => release(lock, mine), { interruptible: true })
  yield* Effect.sleep(touchEvery).pipe(Effect.andThen(touch(lock)), Effect.forever, Effect.forkScoped)
})

/**
 * Who holds `directory`, for tools that run beside the app. None when nobody does, or when the holder has ended; a holder of
 * another container or host counts as one, because from here nobody can tell.
 */
export const holderOf = Effect.fnUntraced(function*(directory: string) {
  const text = yield* Effect.orElseSucceed(readLock(`${directory}/lock`), () => Option.none<string>())
  const holder = Option.flatMap(text, decode)
  if (Option.isNone(holder)) return Option.none()
  const here = holder.value.realm === (yield* self).realm
  return here && !(yield* isAlive(holder.value)) ? Option.none() : Option.some({ ...holder.value, here })
})
