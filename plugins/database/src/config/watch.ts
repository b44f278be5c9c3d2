/** What is told about statements that are slow, or sent too often. */
import { Setting, SettingTypes } from "@heptad/common"

const { Boolean, Duration, int } = SettingTypes

export const SlowQueries = Setting.section({
  threshold: Setting.field(Duration, "1s", {
    description:
      "A statement that takes longer is told in a warning, without its values; the same one at most every ten " +
      "seconds. 0s: off.",
    unit: "duration",
    reloadable: true
  }),
  explain: Setting.field(Boolean, false, {
    description: "With the plan that the server makes for it now (EXPLAIN; it is not run again). Servers from 16 on.",
    reloadable: true
  })
})

export const RepeatedQueries = Setting.section({
  threshold: Setting.field(int(0), 20, {
    description:
      "The same statement more often than this within one request (its outermost span) and ten seconds is told in a " +
      "warning, once: usually a query for each row of another (N+1). 0: off.",
    reloadable: true
  })
})
