/** Reads access lines of any side by the names that it gives the agreed fields. Pure. */
import type { LineField } from "./agreed.ts"
import type { Features } from "./features.ts"

type Fields = Features["fields"]
export type Line = Partial<Record<LineField, unknown>>

const member = (value: unknown, name: string): unknown =>
  typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined

const at = (value: unknown, path: string): unknown => path.split(".").reduce(member, value)

const parsed = (line: string): unknown => {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

const lineOf = (line: string, fields: Fields): Line =>
  Object.fromEntries(
    Object.entries(fields).flatMap(([field, path]) => {
      const value = at(parsed(line), path)
      return value === undefined ? [] : [[field, value]]
    })
  )

/** What the lines about one request say together; a side may tell the parts in several lines. */
export const lineAbout = (text: string, requestId: string, fields: Fields): Line =>
  Object.assign(
    {},
    ...text.split("\n").map((line) => lineOf(line, fields)).filter(({ request_id }) => request_id === requestId)
  )
