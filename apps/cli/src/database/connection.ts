/** From flags to a server that was met, and the settings of its database. */
import { CommonConfig } from "@heptad/common"
import { holderOf, layerDataDirectory, layerHeldDataDirectory } from "@heptad/common/plugin"
import { DatabaseConfig } from "@heptad/database"
import { DatabaseTools } from "@heptad/database/plugin"
import type { Plugin } from "@heptad/kernel"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import * as Path from "effect/Path"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { checked } from "../composition/checked.ts"
import { composeAll, composeOf } from "../composition/compose.ts"
import { PasswordFileUnreadable } from "../errors.ts"
import * as conceal from "./conceal.ts"
import type { Given } from "./flags.ts"
import { type Address, decode, parse } from "./url.ts"

const Sections = Schema.Struct({ common: CommonConfig, database: DatabaseConfig })
const decodeSections = Schema.decodeUnknownEffect(Sections)

const warning =
  "heptad: warning: the password stands on the command line, where everybody on this machine could read it " +
  "until heptad had taken it away, and in the history of the shell. Give --password-file or DB_PASSWORD."

const fromFile = Effect.fnUntraced(function*(path: string) {
  const fileSystem = yield* FileSystem.FileSystem
  const text = yield* Effect.mapError(
    fileSystem.readFileString(path),
    ({ reason }) => new PasswordFileUnreadable({ path, problem: reason._tag })
  )
  return Redacted.make(text.replace(/\r?\n$/, ""))
})

/** Of the file, else of the URL; undefined leaves it to the settings. */
const passwordOf = Effect.fnUntraced(function*({ passwordFile }: Given, address: Address | undefined) {
  const written = address?.password ?? decode(conceal.password() ?? "")
  if (written !== undefined) yield* Console.error(warning)
  if (Option.isSome(passwordFile)) return yield* fromFile(passwordFile.value)
  return written === undefined ? undefined : Redacted.make(written)
})

type Primary = DatabaseConfig["connections"]["primary"]

/** What a URL does not say is as in the settings, but for the port: it belongs to the host. */
const at = (primary: Primary, { database, host, port = 5432, sslMode, user }: Address): Primary => ({
  ...primary,
  host,
  port,
  ...(database !== undefined && { database }),
  ...(user !== undefined && { user }),
  ...(sslMode !== undefined && { ssl_mode: sslMode })
})

/** The settings with what the flags say in place of it. */
const withFlags = Effect.fnUntraced(function*(given: Given, config: DatabaseConfig) {
  const address = Option.isNone(given.database)
    ? undefined
    : yield* Effect.fromResult(parse(Redacted.value(given.database.value)))
  const password = yield* passwordOf(given, address)
  const { connections, ...rest } = config
  const written = connections.primary
  const primary = { ...(address === undefined ? written : at(written, address)), ...(password && { password }) }
  return { ...rest, connections: { ...connections, primary } } satisfies DatabaseConfig
})

/** An app of this data directory runs an embedded server that only it may start. */
const appRuns = Effect.fnUntraced(function*(directory: string) {
  return Option.isSome(yield* holderOf(directory))
})

export interface Composed {
  readonly plugins: ReadonlyArray<Plugin.Any>
  readonly config: DatabaseConfig
  readonly dataDirectory: string
  /** The flags name the server, so that no other of the settings is meant. */
  readonly alone: boolean
}

/** The settings; `whole` with all plugins that they name, else with those that a database needs. */
export const compose = Effect.fnUntraced(function*(given: Given, whole: boolean) {
  const composition = yield* whole ? composeAll(given) : composeOf(given, ["common", "database"])
  const { tree, waves } = yield* checked(composition)
  const { common, database } = yield* Effect.orDie(decodeSections(tree.value))
  const composed: Composed = {
    plugins: waves.flat(),
    config: yield* withFlags(given, database),
    dataDirectory: (yield* Path.Path).resolve(common.data_dir),
    alone: Option.isSome(given.database)
  }
  return composed
})

/** The server of these settings, met; an embedded one that nobody runs is started until the scope closes. */
export const connect = Effect.fnUntraced(function*({ alone, config, dataDirectory }: Composed) {
  const runs = yield* appRuns(dataDirectory)
  const embeddedHere = config.connections.primary.host === undefined && !runs
  const directory = embeddedHere ? layerHeldDataDirectory(dataDirectory) : layerDataDirectory(dataDirectory)
  return yield* Effect.provide(DatabaseTools.server(config, { appRuns: runs, alone }), yield* Layer.build(directory))
})
