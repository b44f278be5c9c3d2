/** The settings of the sessions that stay open. */
import { Setting, SettingTypes } from "@heptad/common"

const { Boolean, Duration, int } = SettingTypes

export const ConnectionPool = Setting.section({
  min_size: Setting.field(int(0, 10_000), 2, {
    description: "Sessions that stay open when idle; never more than max_size."
  }),
  max_size: Setting.field(int(1, 10_000), 20, {
    description: "Most sessions at a time.",
    env: ["DB_POOL_SIZE"]
  }),
  max_waiting: Setting.field(int(0), 10_000, {
    description: "Most statements and transactions that wait for a session; the next one is refused.",
    reloadable: true
  }),
  idle_timeout: Setting.field(Duration, "300s", {
    description: "Idle sessions above min_size are closed after this.",
    unit: "duration"
  }),
  max_lifetime: Setting.field(Duration, "1h", {
    description: "A session older than this is replaced before its next use; up to a tenth earlier, by chance, " +
      "so that those that were opened together are not replaced together.",
    unit: "duration"
  }),
  validate_after: Setting.field(Duration, "30s", {
    description: "A session that was idle for this long is asked SELECT 1 before it is used, because a firewall or a " +
      "proxy may have forgotten it without a word; who is dead is replaced. 0s: never.",
    unit: "duration"
  }),
  connection_timeout: Setting.field(Duration, "10s", {
    description: "Longest wait for opening a session (error -502), and for the server at start. " +
      "Independent of query_timeout and transaction_timeout, which begin when there is a session.",
    unit: "duration"
  }),
  acquire_timeout: Setting.optional(Duration, {
    description: "Longest wait for a free session when all are in use (error -522). Default: connection_timeout.",
    unit: "duration"
  }),
  leak_warning: Setting.field(Duration, "60s", {
    description: "Who holds a session for longer is told in a warning, once, and counted. 0s: off.",
    unit: "duration",
    reloadable: true
  }),
  multiplex: Setting.field(Boolean, false, {
    description:
      "Statements outside of transactions share sessions: sent one behind the other without waiting, which is " +
      "several times as fast. Such a statement is not cancelled on the server when its fiber is interrupted, and a slow " +
      "one holds up those behind it; query_timeout ends it all the same. Transactions and streams keep a session " +
      "of their own."
  }),
  multiplex_depth: Setting.field(int(2, 128), 16, {
    description:
      "With multiplex: statements spread over min_size sessions, then so many share each before another one is used."
  })
})
