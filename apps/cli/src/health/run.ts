/** Finds the health port by flags and settings, and tells the details of its pages. */
import { MonitoringConfig } from "@heptad/monitoring"
import * as Console from "effect/Console"
import * as Effect from "effect/Effect"
import * as Option from "effect/Option"
import * as Schema from "effect/Schema"
import { Answered } from "../Answered.ts"
import { dataDirectory } from "../control/Target.ts"
import * as settings from "../settings.ts"
import type { Given as Settled } from "../settingsFlags.ts"
import { url } from "../start/screen/url.ts"
import { table } from "../table.ts"
import { usage } from "../verb.ts"
import { type Answer, type Page, pages, probe, statusLine } from "./probe.ts"
import { written } from "./quick.ts"

interface Place extends Settled {
  readonly url: Option.Option<string>
  readonly port: Option.Option<number>
}

interface Given extends Place, Readonly<Record<Page, boolean>> {
  readonly json: boolean
  readonly verbose: boolean
}

const pageOf = Effect.fnUntraced(function*({ port, url: given, ...files }: Place) {
  if (Option.isSome(given)) return `${given.value.replace(/\/$/, "")}/health`
  if (Option.isSome(port)) return url({ host: "127.0.0.1", port: port.value }, "/health")
  const { monitoring } = yield* settings.sections(files, { monitoring: MonitoringConfig })
  const { bind_address, endpoint, port: set } = monitoring.health
  const base = written(yield* dataDirectory(files))
  return base === undefined ? url({ host: bind_address, port: set }, endpoint) : `${base}${endpoint}`
})

const Details = Schema.fromJsonString(Schema.Struct({
  checks: Schema.Array(
    Schema.Struct({ name: Schema.String, status: Schema.String, reason: Schema.optionalKey(Schema.String) })
  ),
  plugins: Schema.Array(
    Schema.Struct({ name: Schema.String, state: Schema.String, problem: Schema.optionalKey(Schema.String) })
  )
}))

const detailsOf = ({ body }: Answer): ReadonlyArray<string> =>
  Option.match(Schema.decodeOption(Details)(body), {
    onNone: () => [],
    onSome: ({ checks, plugins }) => [
      "",
      ...table(["check", "status", "reason"], checks.map(({ name, reason = "", status }) => [name, status, reason])),
      "",
      ...table(["plugin", "state", "problem"], plugins.map(({ name, problem = "", state }) => [name, state, problem]))
    ]
  })

export const run = Effect.fnUntraced(function*({ config, json, port, set, url, verbose, ...given }: Given) {
  const wanted = pages.filter((name) => given[name])
  if (wanted.length > 1) return yield* usage("health", "give one of --live, --ready and --startup")
  const base = yield* pageOf({ config, port, set, url })
  const path = wanted.map((name) => `/${name}`).join("") + (verbose ? "?verbose" : "")
  const answer = yield* Effect.promise(() => probe(`${base}${path}`))
  yield* Console.log(json ? answer.body : [statusLine(answer), ...(verbose ? detailsOf(answer) : [])].join("\n"))
  if (!answer.ok) return yield* new Answered({ exitCode: 1 })
})
