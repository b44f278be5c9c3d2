import { assert, it } from "@effect/vitest"
import { kindFor } from "../src/internal/sharedMemory.ts"
import { lacksRoom, lastWordsOf, remedyFor } from "../src/internal/trouble.ts"

it("of fatal lines the first one is the reason, and what clients were told is none", () => {
  assert.strictEqual(
    lastWordsOf([
      "LOG:  listening on Unix socket \"./.s.PGSQL.5432\"",
      "FATAL:  the database system is starting up",
      "FATAL:  could not write to file \"pg_wal/xlogtemp.1\": No space left on device",
      "PANIC:  cannot abort transaction 1, it was already committed",
      "LOG:  startup process (PID 2) exited with exit code 1",
      "FATAL:  terminating connection due to unexpected postmaster exit"
    ]),
    "could not write to file \"pg_wal/xlogtemp.1\": No space left on device"
  )
})

it("the detail of the reason belongs to it", () => {
  assert.strictEqual(
    lastWordsOf([
      "FATAL:  data directory \"/x\" has invalid permissions",
      "DETAIL:  Permissions should be u=rwx (0700)."
    ]),
    "data directory \"/x\" has invalid permissions (Permissions should be u=rwx (0700))"
  )
})

it("a program that has no log yet says its reason in plain words, and a killed one says none", () => {
  assert.strictEqual(lastWordsOf(["LOG:  starting", "postgres: could not", "find it"]), "postgres: could not find it")
  assert.strictEqual(lastWordsOf(["LOG:  starting"]), undefined)
})

const remedies: ReadonlyArray<readonly [words: string, remedy: string, waits: boolean]> = [
  ["could not extend file: No space left on device", "Make room on the disk", true],
  ["write: EDQUOT: disk quota exceeded", "Make room on the disk", true],
  ["could not extend file: File too large", "Make room on the disk", true],
  [
    "could not resize shared memory segment \"/P\" to 1 bytes: No space left on device",
    "Give the app more memory",
    false
  ],
  ["could not map anonymous shared memory: Cannot allocate memory", "Give the app more memory", false],
  ["EROFS: read-only file system, mkdtemp '/x'", "Mount it", false],
  ["EACCES: permission denied, open '/x'", "Give the folder", false],
  ["data directory \"/x\" has wrong ownership", "Give the folder", false],
  ["could not locate a valid checkpoint record at 0/1", "Its files are damaged", false],
  ["something new", "Look", false]
]

it.each(remedies)("%s: %s", (words, remedy, waits) => {
  assert.isTrue(remedyFor(words, "Look").startsWith(remedy))
  assert.strictEqual(lacksRoom(words), waits)
})

it("parallel queries share memory without /dev/shm where that is missing", () => {
  assert.strictEqual(kindFor("linux", "/nowhere"), "sysv")
  assert.strictEqual(kindFor("darwin", "/nowhere"), "posix")
})
