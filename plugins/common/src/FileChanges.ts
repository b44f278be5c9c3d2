/**
 * When files that a plugin has read were changed, such as certificates: by their content, through renames and the `..data`
 * link of a Kubernetes volume, 100 ms after the last change. The settings files are watched in the same way.
 */
import * as Effect from "effect/Effect"
import type * as FileSystem from "effect/FileSystem"

export interface Options {
  /** They need not exist yet. */
  readonly files: ReadonlyArray<string>
  /** What they are, for the warning where they cannot be watched and are looked at every 5 s instead: `certificates`. */
  readonly what: string
  /** How somebody has them read at once, for the same warning. */
  readonly atOnce: string
}

// Loaded when it is needed, as the settings files are: it leads to the YAML parser.
const loader = Effect.promise(() => import("./internal/fileWatch.ts"))

/**
 * Looks at the files, and answers an effect that waits for the next change against what it saw last and tells what
 * changed. Ask for it before the files are read, so that no change falls between. Nothing is watched while nobody waits.
 */
export const follow = ({ files, ...subject }: Options) =>
  Effect.flatMap(
    loader,
    ({ digestsOf, make }) =>
      Effect.map(Effect.zip(digestsOf(files), Effect.context<FileSystem.FileSystem>()), ([digests, context]) =>
        Effect.provideContext(make(files, digests, subject), context))
  )
