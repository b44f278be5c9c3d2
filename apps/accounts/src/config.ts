/** Accounts has no settings of its own; the section exists so that a misspelt one is a fault. */
import { Setting } from "@heptad/common"

export const AccountsConfig = Setting.section({})
