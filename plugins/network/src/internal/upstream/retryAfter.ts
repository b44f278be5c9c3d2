/** Pure: the header `Retry-After` (RFC 9110 section 10.2.3), whole seconds or a date in one of the three forms of HTTP. */
import * as DateTime from "effect/DateTime"
import * as Option from "effect/Option"

const seconds = /^\d{1,10}$/

const day = "(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)"
const month = "(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
const time = "\\d{2}:\\d{2}:\\d{2}"

const preferred = new RegExp(`^${day}, \\d{2} ${month} \\d{4} ${time} GMT$`)
const rfc850 = new RegExp(`^(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day, \\d{2}-${month}-\\d{2} ${time} GMT$`)
const asctime = new RegExp(`^${day} ${month} (?:\\d| )\\d ${time} \\d{4}$`)

/** The longest of these forms; what is longer is not looked at. */
const longest = 40

const epochOf = (text: string): number | undefined => {
  const date = asctime.test(text) ? `${text} GMT` : preferred.test(text) || rfc850.test(text) ? text : undefined
  return date === undefined
    ? undefined
    : Option.getOrUndefined(Option.map(DateTime.make(date), DateTime.toEpochMillis))
}

/** Milliseconds to wait, 0 or more; undefined for what the header cannot be. */
export const parseRetryAfter = (text: string | undefined, nowMillis: number): number | undefined => {
  if (text === undefined || text.length > longest) return undefined
  const trimmed = text.trim()
  if (seconds.test(trimmed)) return Number(trimmed) * 1000
  const epoch = epochOf(trimmed)
  return epoch === undefined ? undefined : Math.max(0, epoch - nowMillis)
}
