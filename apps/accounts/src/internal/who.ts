/** Pure: whose permissions are asked for, as the key under which they are remembered. */
import * as Schema from "effect/Schema"

export interface Who {
  readonly subject: string
  readonly roles: ReadonlyArray<string>
}

const WithRoles = Schema.fromJsonString(Schema.Array(Schema.String))
const decode = Schema.decodeUnknownSync(WithRoles)

/** No two of them have one key, whatever signs their names have. */
export const keyOf = ({ roles, subject }: Who): string =>
  roles.length === 0 ? `s${subject}` : `r${JSON.stringify([subject, ...roles])}`

export const hasRoles = (key: string): boolean => key.startsWith("r")

export const ofKey = (key: string): Who => {
  if (!hasRoles(key)) return { subject: key.slice(1), roles: [] }
  const [subject = "", ...roles] = decode(key.slice(1))
  return { subject, roles }
}
