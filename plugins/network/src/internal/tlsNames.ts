/** Which certificate a client sees that asks for a name. Pure. */

/** A name as names are compared: letters small, without the dot at the end. */
const normal = (name: string): string => name.toLowerCase().replace(/\.$/, "")

const wildcard = /^[^.]+\./

/**
 * The first one that has the name exactly, else the first one with `*.` in place of its first label: a wildcard stands for
 * one label and never for none.
 */
export const picker = <A>(entries: Iterable<readonly [names: ReadonlyArray<string>, value: A]>) => {
  const byName = new Map<string, A>()
  for (const [names, value] of entries) {
    for (const name of names) if (!byName.has(normal(name))) byName.set(normal(name), value)
  }
  return (asked: string): A | undefined => {
    const name = normal(asked)
    return byName.get(name) ?? byName.get(name.replace(wildcard, "*."))
  }
}

const part = /([A-Za-z][A-Za-z ]*):("(?:[^"\\]|\\.)*"|[^,"]*)(?:, |$)/gy

const unquoted = (value: string): string => {
  if (!value.startsWith("\"")) return value
  try {
    const text: unknown = JSON.parse(value)
    return typeof text === "string" ? text : value
  } catch {
    return value
  }
}

export interface AlternativeName {
  /** As OpenSSL calls it: `DNS`, `URI`, `email`, `IP Address`. */
  readonly kind: string
  readonly value: string
}

/** Of the text that Node makes of a certificate's alternative names; it quotes what could be read in two ways. */
export const alternativeNames = (text: string | undefined): ReadonlyArray<AlternativeName> =>
  text === undefined
    ? []
    : [...text.matchAll(part)].map(([, kind = "", value = ""]) => ({ kind, value: unquoted(value) }))
