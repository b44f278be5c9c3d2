/** One of the processes that the first one forks. It ends with it: told to by a message, or because the channel closed. */
import * as NodeServices from "@effect/platform-node/NodeServices"
import * as Effect from "effect/Effect"
import * as exit from "../../exit.ts"
import * as Link from "./link.ts"
import { work } from "./work.ts"

/** A signal for the whole group or service is for the first process, which tells this one in time. */
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => {})

// What this process starts is not one of the app's processes.
delete process.env["HEPTAD_PROCESS"]

const link = Link.open()

const end = (code: number) => Effect.runFork(Effect.andThen(link.release, Effect.sync(() => process.exit(code))))

Effect.runFork(work(link).pipe(Effect.tapCause(exit.report), Effect.provide(NodeServices.layer)))
  .addObserver((ended) => exit.teardown(ended, end))
