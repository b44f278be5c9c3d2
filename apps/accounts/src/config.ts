/** The settings of accounts. */
import { Setting, SettingTypes } from "@heptad/common"
import type * as Schema from "effect/Schema"

export const AccountsConfig = Setting.section({
  cache: Setting.section({
    max_subjects: Setting.field(SettingTypes.int(1, 10_000_000), 10_000, {
      description: "Subjects whose permissions are remembered; the least recently asked for goes first."
    }),
    ttl: Setting.field(SettingTypes.Duration, "60s", {
      description:
        "How long they are remembered where no change was told. A change is told at once by the database; this is for " +
        "changes past its triggers. 0s: every request asks the database.",
      unit: "duration",
      reloadable: true
    })
  })
})

/** The decoded section. */
export interface AccountsConfig extends Schema.Schema.Type<typeof AccountsConfig> {}
