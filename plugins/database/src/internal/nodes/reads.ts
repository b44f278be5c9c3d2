/**
 * Which statements may go to a replica by themselves. Doubt leads to the primary: whatever locks, changes, or asks about the
 * server that runs it (`pg_...`) stays there, even where the word only stands in a text.
 */
const comments = /^(?:\s+|--[^\n]*(?:\n|$)|\/\*(?:[^*]|\*(?!\/))*\*\/|\()+/

const begins = /^(?:select|values|table|show|with)\b/i

const stays = new RegExp(
  [
    String.raw`\bfor\s+(?:update|share|no\s+key|key)\b`,
    String.raw`\b(?:insert|update|delete|merge|into|nextval|setval|set_config|dblink\w*|lo_\w+)\b`,
    String.raw`\bpg_\w+`
  ].join("|"),
  "i"
)

export const isPlainRead = (sql: string): boolean => begins.test(sql.replace(comments, "")) && !stays.test(sql)
