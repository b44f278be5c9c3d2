/** `control.json` in the data directory: what a running app says about how to reach it. */
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Schema from "effect/Schema"

/** The address, the process and the versions of a running app. */
const ControlFile = Schema.Struct({
  url: Schema.String,
  pid: Schema.Int,
  started_at: Schema.String,
  app: Schema.optionalKey(Schema.String),
  version: Schema.String
})
export type ControlFile = typeof ControlFile.Type

const decode = Schema.decodeUnknownEffect(Schema.fromJsonString(ControlFile))

/** None when there is no such file; a file that cannot be read or understood says why. */
export const read = Effect.fnUntraced(function*(directory: string) {
  const fileSystem = yield* FileSystem.FileSystem
  return yield* fileSystem.readFileString(`${directory}/control.json`).pipe(
    Effect.flatMap(decode),
    Effect.asSome,
    Effect.catchTags({
      PlatformError: (error) =>
        error.reason._tag === "NotFound" ? Effect.succeedNone : Effect.fail(`control.json: ${error.reason._tag}`),
      SchemaError: () => Effect.fail("control.json is of another version, or damaged")
    })
  )
})
