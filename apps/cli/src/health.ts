/** `heptad health`: asks the health port. Its plain forms are answered by health/quick.ts and never come here. */
import * as Command from "effect/cli/Command"
import * as Flag from "effect/cli/Flag"
import * as Schema from "effect/Schema"
import { flags as controlFlags } from "./control/flags.ts"
import { flags as settingsFlags } from "./settingsFlags.ts"
import { json, loaded, toggle } from "./verb.ts"

const Port = Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 65_535 }))

const flags = {
  ...settingsFlags,
  json,
  url: controlFlags.url,
  port: Flag.Int("port").pipe(
    Flag.withDescription("The health port on this machine"),
    Flag.withSchema(Port),
    Flag.optional
  ),
  live: toggle("live", "Whether the process answers: restart it when not"),
  ready: toggle("ready", "Whether it should be sent requests"),
  startup: toggle("startup", "Whether it has started"),
  verbose: toggle("verbose", "Also tell every check and plugin")
}

export const health = Command.make("health", flags, loaded(() => import("./health/run.ts"))).pipe(
  Command.withDescription("Exit with 0 when the app is healthy, with 1 when not; for health checks of containers")
)
