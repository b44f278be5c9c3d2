/** The file of the error registry. Losing counts is a nuisance, not a reason to stop: every fault here is a warning. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"
import * as ErrorCode from "../ErrorCode.ts"
import type { ErrorCount } from "../ErrorRegistry.ts"
import type { Pace } from "../Pace.ts"
import { writeAtomically } from "./atomic.ts"
import type { ErrorCounts } from "./errorCounts.ts"

const Stored = Schema.fromJsonString(Schema.Struct({
  version: Schema.Literal(1),
  counts: Schema.Array(Schema.Struct({
    name: Schema.String,
    number: Schema.Int,
    count: Schema.Int,
    firstSeenMillis: Schema.Finite,
    lastSeenMillis: Schema.Finite,
    sample: Schema.String
  }))
}))
const decode = Schema.decodeEffect(Stored)
const encode = Schema.encodeEffect(Stored)

/** A code that this version does not know any more cannot be counted on. */
const known = (stored: typeof Stored.Type): ReadonlyArray<ErrorCount> =>
  stored.counts.flatMap(({ name, number: _, ...rest }) => {
    const code = ErrorCode.find(name)
    return code === undefined ? [] : [{ code, ...rest }]
  })

const read = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  if (!(yield* fileSystem.exists(path))) return []
  return known(yield* fileSystem.readFileString(path).pipe(Effect.flatMap(decode)))
})

const setAside = Effect.fnUntraced(function*(path: string, problem: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const aside = `${path}.corrupt`
  yield* fileSystem.rename(path, aside)
  yield* Effect.logWarning(`error registry: ${path} cannot be read, counting starts anew; kept as ${aside}: ${problem}`)
})

/** The counts of the file; none when it is missing or damaged. */
const restore = (path: string) =>
  read(path).pipe(
    Effect.catch((error) => Effect.as(setAside(path, error.message), [])),
    Effect.catch((error) =>
      Effect.as(Effect.logWarning(`error registry: ${path} cannot be read: ${error.message}`), [])
    )
  )

const save = Effect.fnUntraced(function*(path: string, counts: ReadonlyArray<ErrorCount>) {
  const rows = counts.map(({ code: { name, number }, ...rest }) => ({ name, number, ...rest }))
  yield* writeAtomically(path, yield* encode({ version: 1, counts: rows }))
})

/** Restores the counts, then keeps the file up to date until the scope closes. */
export const keep = Effect.fnUntraced(function*(path: string, pace: Pace, counts: ErrorCounts) {
  counts.restore(yield* restore(path))
  let written = counts.version()
  let failing = false
  const flush = Effect.gen(function*() {
    const version = counts.version()
    if (version === written) return
    yield* save(path, counts.all())
    written = version
    failing = false
  }).pipe(
    Effect.catch((error) => {
      if (failing) return Effect.void
      failing = true
      return Effect.logWarning(`error registry: ${path} cannot be written, retrying: ${error.message}`)
    })
  )
  yield* Effect.addFinalizer(() => flush)
  yield* pace.rest.pipe(Effect.andThen(flush), Effect.forever, Effect.forkScoped)
})
