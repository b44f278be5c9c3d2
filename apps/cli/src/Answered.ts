import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** The verb has said all that it has to say, and the answer is no: the process ends with this code and adds no word. */
export class Answered extends Schema.TaggedError<Answered>()("Answered", { exitCode: Schema.Int }) {
  override get [Runtime.errorExitCode](): number {
    return this.exitCode
  }
}
