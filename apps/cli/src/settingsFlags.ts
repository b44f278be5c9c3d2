/** The flags that say which settings are meant. */
import * as Flag from "effect/cli/Flag"

export interface Given {
  readonly config: ReadonlyArray<string>
  readonly set: ReadonlyArray<string>
}

export const flags = {
  config: Flag.String("config").pipe(
    Flag.withDescription("A settings file or a directory of them; repeatable, later ones win"),
    Flag.atLeast(0)
  ),
  set: Flag.String("set").pipe(
    Flag.withDescription(
      "One setting, for example network.tcp.port=8081; repeatable, wins over files and environment"
    ),
    Flag.atLeast(0)
  )
}
