/**
 * Tells when the content of files changed. Whatever happens around them only wakes this: what counts is a digest of each
 * file, so that a touched file, a log beside it or a swapped link to the same content do nothing.
 */
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Latch from "effect/Latch"
import * as Option from "effect/Option"
import { createHash } from "node:crypto"
import * as NodeWatch from "./NodeWatch.ts"
import { maxBytes } from "./readText.ts"
import { expand } from "./settingsFiles.ts"
import { placesOf } from "./settingsPlaces.ts"

/** A digest of each file, by path. */
export type Digests = ReadonlyMap<string, string>

/** A change is over when nothing happened for so long, and is looked at after `patience` in any case. */
const quiet = Duration.millis(100)
const patience = 20

/** How often the files are looked at where they cannot be watched. */
const pollEvery = Duration.seconds(5)

/** What is no file of a readable size is compared by its dates: reading it might wait for ever. */
const digest = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const { mtime, size, type } = yield* fileSystem.stat(path)
  if (type !== "File" || size > maxBytes) return `${type} ${size} ${Option.getOrUndefined(mtime)?.getTime()}`
  return createHash("sha256").update(yield* fileSystem.readFile(path)).digest("hex")
}, Effect.option)

const filesOf = (entries: ReadonlyArray<string>) =>
  Effect.map(
    Effect.forEach(entries, (entry) => Effect.orElseSucceed(expand(entry), () => [])),
    (files) => [...new Set(files.flat())]
  )

/** Of every file that these files and directories come to; missing ones are left out. */
export const digestsOf = Effect.fnUntraced(function*(entries: ReadonlyArray<string>) {
  const digests = new Map<string, string>()
  for (const file of yield* filesOf(entries)) {
    const found = yield* digest(file)
    if (Option.isSome(found)) digests.set(file, found.value)
  }
  return digests satisfies Digests
})

const differences = (before: Digests, after: Digests): ReadonlyArray<string> => [
  ...[...after].filter(([path, found]) => before.get(path) !== found).map(([path]) =>
    `${path} ${before.has(path) ? "changed" : "added"}`
  ),
  ...[...before.keys()].filter((path) => !after.has(path)).map((path) => `${path} removed`)
]

const named = 3

const reasonOf = (differences: ReadonlyArray<string>): string =>
  differences.slice(0, named).join(", ") +
  (differences.length > named ? ` and ${differences.length - named} more` : "")

/** What the files are, and how somebody has them read at once, for the sentence about files that cannot be watched. */
export interface Subject {
  readonly what: string
  readonly atOnce: string
}

export const settingsFiles: Subject = { what: "settings files", atOnce: "SIGHUP reads the settings at once" }

const unwatched = ({ atOnce, what }: Subject, codes: ReadonlyArray<string>): string =>
  `${what} cannot be watched (${[...new Set(codes)].join(", ")}): they are looked at every ` +
  `${
    Duration.format(pollEvery)
  } instead. Raise fs.inotify.max_user_watches and max_user_instances (ENOSPC, EMFILE) or ` +
  `let this user read the directories (EACCES); ${atOnce}.`

/**
 * An effect that waits for the next change and answers what changed, against what it answered last or `known`. `entries`:
 * files and directories. Nothing is watched while nobody waits.
 */
export const make = (entries: ReadonlyArray<string>, first: Digests, subject: Subject) => {
  const stirred = Latch.makeUnsafe()
  let known = first
  let told = false

  const arm = Effect.gen(function*() {
    const places = yield* placesOf([...entries, ...(yield* filesOf(entries))])
    const codes = yield* NodeWatch.watch(places, () => stirred.openUnsafe())
    // A directory that vanished in this moment is found missing in the next round.
    const refused = codes.filter((code) => code !== "ENOENT")
    if (refused.length > 0 && !told) {
      told = true
      yield* Effect.logWarning(unwatched(subject, refused))
    }
    return codes.length === 0
  })

  const settle = Effect.gen(function*() {
    for (let left = patience; left > 0; left--) {
      stirred.closeUnsafe()
      if (Option.isNone(yield* Effect.timeoutOption(stirred.await, quiet))) return
    }
  })

  const round = Effect.gen(function*() {
    stirred.closeUnsafe()
    const watching = yield* arm
    // Looked at after arming, so that no change falls between.
    if (differences(known, yield* digestsOf(entries)).length === 0) {
      yield* watching ? stirred.await : Effect.timeoutOption(stirred.await, pollEvery)
    }
    yield* settle
    const now = yield* digestsOf(entries)
    const found = differences(known, now)
    known = now
    return found.length === 0 ? undefined : reasonOf(found)
  }).pipe(Effect.scoped)

  return Effect.gen(function*() {
    for (;;) {
      const reason = yield* round
      if (reason !== undefined) return reason
    }
  })
}
