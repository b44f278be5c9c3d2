/** The flags that say which settings are meant. */
import * as CliError from "effect/cli/CliError"
import * as Flag from "effect/cli/Flag"
import * as Effect from "effect/Effect"

export interface Given {
  readonly config: ReadonlyArray<string>
  readonly set: ReadonlyArray<string>
}

/** What is wrong with the form of a flag is told by the command line (exit 2); a wrong setting by the settings (78). */
const wellFormed = Effect.fnUntraced(function*(override: string) {
  const { SettingsFiles } = yield* Effect.promise(() => import("@heptad/common"))
  const fault = yield* SettingsFiles.overrideFault(override)
  if (fault === undefined) return override
  // The value may be a secret.
  return yield* new CliError.ValidationError({ message: `--set ${override.split("=", 1)[0]}: ${fault}` })
})

export const flags = {
  config: Flag.String("config").pipe(
    Flag.withDescription("A settings file or a directory of them; repeatable, later ones win"),
    Flag.atLeast(0)
  ),
  set: Flag.String("set").pipe(
    Flag.withDescription(
      "One setting, for example network.tcp.port=8081; repeatable, wins over files and environment"
    ),
    Flag.mapEffect(wellFormed),
    Flag.atLeast(0)
  )
}
