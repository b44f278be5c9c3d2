/** Everything that the command itself can fail with. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

/** A word for which there is nothing to explain. */
export class NothingToExplain extends Schema.TaggedError<NothingToExplain>()("NothingToExplain", {
  what: Schema.String,
  /** What was perhaps meant. */
  near: Schema.Array(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("common.not_found")

  override get message() {
    const meant = this.near.length === 0 ? "" : ` Did you mean ${this.near.join(" or ")}?`
    return `No error has the tag, code or number "${this.what}".${meant} See all of them: heptad explain-error`
  }
}
