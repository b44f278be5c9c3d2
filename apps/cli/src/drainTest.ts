/** `heptad drain-test [app]`: shows that a rolling restart of an app loses no request and no job, or what it loses. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Duration from "effect/Duration"
import * as Schema from "effect/Schema"
import { app } from "./appArgument.ts"
import { flags } from "./settingsFlags.ts"
import { duration, json, loaded } from "./verb.ts"

const Rate = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 10_000 }))

const between = (minimum: Duration.Duration, maximum: Duration.Duration, expected: string) =>
  Flag.filter(Duration.between({ minimum, maximum }), () => `Expected a duration between ${expected}`)

const all = {
  app,
  ...flags,
  rps: Flag.Int("rps").pipe(
    Flag.withDescription("Requests a second, whether the app keeps up or not"),
    Flag.withSchema(Rate),
    Flag.withDefault(500)
  ),
  // Shorter ones end before an instance has stopped.
  for: duration("for").pipe(
    Flag.withDescription("How long, for example 10s; from 20s on there is mostly time for both instances"),
    between(Duration.seconds(4), Duration.minutes(10), `"4s" and "10m"`),
    Flag.withDefault(Duration.seconds(20))
  ),
  timeout: duration("timeout").pipe(
    Flag.withDescription("A request without an answer for so long has failed; raise it on a machine with other work"),
    between(Duration.seconds(1), Duration.minutes(2), `"1s" and "2m"`),
    Flag.withDefault(Duration.seconds(10))
  ),
  queueFull: Flag.Boolean("queue-full").pipe(
    Flag.withDescription("Stop the instances while their job queue is full, and see that every job is done in the end"),
    Flag.withDefault(false)
  ),
  path: Flag.String("path").pipe(
    Flag.withDescription("Ask only this path, for an app without the sample orders"),
    Flag.optional
  ),
  externalDatabase: Flag.Boolean("external-database").pipe(
    Flag.withDescription("Allow the test to write its orders into the PostgreSQL that the settings name"),
    Flag.withDefault(false)
  ),
  json
}

export const drainTest = Command.make("drain-test", all, loaded(() => import("./drainTest/run.ts"))).pipe(
  Command.withDescription("Restart two instances of an app one after the other under load and count what is lost")
)
