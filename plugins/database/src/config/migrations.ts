/** The settings of migrations. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const { Duration, int } = SettingTypes

export const MigrationsConfig = Setting.section({
  on_start: Setting.field(Schema.Literals(["apply", "wait", "check"]), "apply", {
    description:
      "Who migrates when the app starts. apply: the app. wait: another one (`heptad migrate up`), for which " +
      "the start waits. check: another one, and the app starts but is not ready before."
  }),
  lint: Setting.field(Schema.Literals(["refuse", "warn", "off"]), "refuse", {
    description: "What happens to a migration that breaks the release which still runs, and does not say that it may " +
      "(`-- heptad: allow <rule>`). Nothing on a database to which nothing of the set was applied."
  }),
  wait_timeout: Setting.field(Duration, "10m", {
    description: "Longest wait for another process that migrates, or with on_start wait for the schema. " +
      "At start deployment.start_timeout ends sooner.",
    unit: "duration"
  }),
  lock_timeout: Setting.field(Duration, "5s", {
    description: "Longest wait of a statement of a migration for a lock; whoever uses the table waits behind it.",
    unit: "duration"
  }),
  lock_attempts: Setting.field(int(1, 1000), 6, {
    description: "How often a migration in a transaction is tried when a lock was not free in time, a second apart."
  })
})
