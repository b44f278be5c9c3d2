/** The settings of the sample domain. */
import { Setting, SettingTypes } from "@heptad/common"
import type * as Schema from "effect/Schema"

export const OrdersConfig = Setting.section({
  queue: Setting.section({
    workers: Setting.field(SettingTypes.int(0, 256), 4, {
      description:
        "Invoice jobs that this process runs at a time; 0: it only accepts orders and others make the invoices."
    }),
    poll_interval: Setting.field(SettingTypes.Duration, "200ms", {
      description: "How often an idle worker looks for the next job.",
      unit: "duration"
    }),
    max_attempts: Setting.field(SettingTypes.int(1, 100), 10, {
      description: "Attempts after which a failing invoice job is set aside."
    })
  })
})

/** The decoded section. */
export interface OrdersConfig extends Schema.Schema.Type<typeof OrdersConfig> {}
