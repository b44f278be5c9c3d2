/** `heptad upstreams`: how the services are that the running app calls. */
import * as Command from "effect/cli/Command"
import { flags } from "./control/flags.ts"
import { json, loaded } from "./verb.ts"

export const upstreams = Command.make("upstreams", { ...flags, json }, loaded(() => import("./upstreams/run.ts"))).pipe(
  Command.withDescription(
    "Tell how the services are that the running app calls: circuit, requests under way and waiting, each endpoint"
  )
)
