/** The errors of the command, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  NothingToExplain: {
    title: "There is no error of this name",
    cause: "A typing error, a tag of a plugin that no prebuilt app has, or a number that is not of the registry.",
    remedy: "Choose one of the list: heptad explain-error without arguments shows all.",
    code: "common.not_found"
  }
})
