/** The `sample` section. Every setting has a default that suits a laptop. */
import { Setting, SettingTypes } from "@heptad/common"
import type * as Schema from "effect/Schema"

export const SampleConfig = Setting.section({
  capacity: Setting.field(SettingTypes.int(1), 1000, {
    description: "How many entries are kept at most.",
    env: ["SAMPLE_CAPACITY"],
    unit: "entries",
    reloadable: true
  })
})

/** The decoded section. */
export interface SampleConfig extends Schema.Schema.Type<typeof SampleConfig> {}
