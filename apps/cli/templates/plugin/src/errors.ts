/** Everything that can go wrong, each with a code of the registry and with what to do. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

/** As many entries are kept as there may be. Nothing was changed. */
export class SampleFull extends Schema.TaggedError<SampleFull>()("SampleFull", {
  capacity: Schema.Int
}) {
  readonly errorCode = ErrorCode.of("common.out_of_memory")

  override get message() {
    return `There are ${this.capacity} entries already. Remove some, or raise sample.capacity.`
  }
}
