/** From the flags and the settings to a plan, before anything is started. */
import { layerDataDirectory } from "@heptad/common/plugin"
import type { Settings } from "@heptad/kernel"
import { NetworkConfig, TokenIssuer } from "@heptad/network"
import { layerIssuer } from "@heptad/network/plugin"
import * as Console from "effect/Console"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Option from "effect/Option"
import type * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { randomBytes } from "node:crypto"
import { checked } from "../composition/checked.ts"
import { isWritten } from "../composition/choose.ts"
import { compose, composeAll, type Target } from "../composition/compose.ts"
import { ForeignDatabase } from "../errors.ts"
import type * as Instance from "./Instance.ts"
import { lameDuckOf, overrides, secretVariable } from "./instanceSettings.ts"

/** Everything that a test needs to know. */
export interface Plan extends Instance.Plan {
  readonly rps: number
  readonly duration: Duration.Duration
  readonly path: string | undefined
  /** A request without an answer for so long has failed. */
  readonly timeout: Duration.Duration
  readonly token: Redacted.Redacted
  readonly shared: boolean
  /** How long an instance may take to be ready. */
  readonly startPatience: Duration.Duration
  readonly tell: (line: string) => Effect.Effect<void>
}

/** What the command line says. */
export interface Wish extends Target {
  readonly rps: number
  readonly for: Duration.Duration
  readonly timeout: Duration.Duration
  readonly path: Option.Option<string>
  readonly queueFull: boolean
  readonly externalDatabase: boolean
}

/** An app that the user named; else the plugins that the settings name; else everything that ships. */
const composed = ({ app, config, set }: Wish, more: ReadonlyArray<string> = []) => {
  const given = { config, set: [...set, ...more] }
  return Option.isSome(app) ? compose("drain-test", { app, ...given }) : composeAll(given)
}

const hostOf = ({ settings }: Settings.SettingsTree): string | undefined => {
  const host = settings.find(({ key }) => key === "database.connections.primary.host")?.value
  return typeof host === "string" ? host : undefined
}

/** A token of a clerk that both instances accept, good for longer than any test. */
const tokenOf = Effect.fnUntraced(function*({ value }: Settings.SettingsTree, folder: string) {
  const { network: { auth } } = yield* Effect.orDie(
    Schema.decodeEffect(Schema.Struct({ network: NetworkConfig }))(value)
  )
  const issuer = layerIssuer(auth).pipe(Layer.provide(layerDataDirectory(folder)))
  const issued = TokenIssuer.use(({ issue }) => issue({ sub: "drain-test", roles: ["clerk"], ttl: "1 hour" }))
  return yield* Effect.provide(issued, issuer)
})

/** The longest that a stop may take by its own budgets, and half a minute. */
const patienceOf = (lameDuck: Duration.Duration, { close, drain }: Settings.Timing): Duration.Duration =>
  [lameDuck, drain.accept, drain.requests, drain.jobs, close, close, Duration.seconds(30)].reduce(Duration.sum)

export const make = Effect.fnUntraced(function*(wish: Wish, folder: string) {
  const secret = randomBytes(32).toString("base64url")
  process.env[secretVariable] = secret
  const composition = yield* composed(wish)
  const { tree } = yield* checked(composition)
  const host = hostOf(tree)
  if (host !== undefined && !wish.externalDatabase) return yield* new ForeignDatabase({ host })
  const wanted = { lameDuck: lameDuckOf(tree), queueFull: wish.queueFull }
  const sample = { ...wanted, dataDirectory: folder, log: folder, ports: { http: 0, health: 0, metrics: 0 } }
  const own = yield* checked(yield* composed(wish, overrides(sample)))
  const app = Option.isNone(wish.app) && !isWritten(composition.deployment) ? Option.some("monolith") : wish.app
  const plan: Plan = {
    ...wanted,
    app: Option.getOrUndefined(app),
    flags: [...wish.config.flatMap((file) => ["--config", file]), ...wish.set.flatMap((one) => ["--set", one])],
    environment: { ...process.env, HEPTAD_STOP_WITH_PARENT: "1" },
    folder,
    patience: patienceOf(wanted.lameDuck, tree.timing),
    startPatience: Duration.times(tree.timing.startTimeout, 2),
    rps: wish.rps,
    duration: wish.for,
    timeout: wish.timeout,
    path: Option.getOrUndefined(wish.path),
    shared: host !== undefined,
    token: yield* tokenOf(own.tree, folder),
    tell: (line) => Console.error(`drain-test: ${line}`)
  }
  return plan
})
