/** The errors, explained for whoever meets them. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  SampleFull: {
    title: "There are as many entries as there may be",
    cause: "More is put in than anybody takes out, or the limit is too low for this load.",
    remedy: "Remove entries that nobody needs, or raise sample.capacity, which needs no restart.",
    code: "common.out_of_memory"
  }
})
