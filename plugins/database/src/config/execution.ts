/** How long statements and transactions may take, and when they are done again. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const { Duration, int, Percent } = SettingTypes

const RetryBudget = Setting.section({
  ratio: Setting.field(Percent, "10%", {
    description: "Retries per statement or transaction that is begun, so that retries cannot multiply an outage.",
    unit: "percent",
    reloadable: true
  }),
  min_per_second: Setting.field(int(0, 10_000), 10, {
    description: "Retries per second that are allowed beside it; those of ten seconds may be saved up.",
    reloadable: true
  })
})

export const Execution = Setting.section({
  max_retry_attempts: Setting.field(int(0, 100), 3, {
    description:
      "How often opening a session is tried again, a transaction that left nothing behind, and a statement that is marked as " +
      "idempotent. Any other sent statement is never repeated.",
    reloadable: true
  }),
  retry_backoff: Setting.field(Schema.Literals(["exponential", "linear"]), "exponential", {
    description:
      "How the pause between two attempts grows: doubled, or by initial_backoff each time. Between half of it and all of it is " +
      "waited.",
    reloadable: true
  }),
  initial_backoff: Setting.field(Duration, "100ms", {
    description: "The first pause.",
    unit: "duration",
    reloadable: true
  }),
  max_backoff: Setting.field(Duration, "5s", {
    description: "The longest pause.",
    unit: "duration",
    reloadable: true
  }),
  retry_budget: RetryBudget,
  query_timeout: Setting.field(Duration, "30s", {
    description: "The server cancels a statement that runs longer. 0s: no limit.",
    unit: "duration"
  }),
  transaction_timeout: Setting.field(Duration, "60s", {
    description:
      "The server ends a transaction that is open longer (servers before 17: that idles longer). 0s: no limit.",
    unit: "duration"
  })
})
