/** Pure: whether an origin is one of a list, in which `https://*.example.com` stands for every subdomain. */

export type Matcher = (origin: string) => boolean

/** One or more labels, each followed by a dot. What a header holds is compared, never built into an expression. */
const labels = /^(?:[a-z0-9_-]+\.)+$/

const inSubdomains = (entry: string): Matcher => {
  const star = entry.indexOf("*")
  const [start, end] = [entry.slice(0, star), entry.slice(star + 2)]
  return (origin) =>
    origin.length > start.length + end.length && origin.startsWith(start) && origin.endsWith(end) &&
    labels.test(origin.slice(start.length, origin.length - end.length))
}

export const matcher = (entries: ReadonlyArray<string>): Matcher => {
  const exact = new Set(entries.filter((entry) => !entry.includes("*")))
  const subdomains = entries.filter((entry) => entry.includes("://*.")).map(inSubdomains)
  return subdomains.length === 0
    ? (origin) => exact.has(origin)
    : (origin) => exact.has(origin) || subdomains.some((matches) => matches(origin))
}
