/**
 * Names of the members that annotations become. Each name is worked out once: quoted, kept apart from the members that
 * the logger writes itself, and recognised when it is known to hold a secret.
 */
import { isSecretName } from "@heptad/common"
import { quote } from "./json.ts"

export interface Member {
  /** `,"name":` */
  readonly head: string
  readonly name: string
  /** The value is never shown. */
  readonly secret: boolean
}

const own = ["@timestamp", "@version", "level", "severity", "message", "trace_id", "span_id", "error", "spans"]

/** More names than this are worked out each time: somebody puts data into names. */
const remembered = 1000

/** `taken` are names that constant fields use already; an annotation of such a name is written as `annotation.<name>`. */
export const make = (taken: Iterable<string>): (name: string) => Member => {
  const reserved = new Set([...own, ...taken])
  const known = new Map<string, Member>()
  return (name) => {
    const found = known.get(name)
    if (found !== undefined) return found
    const shown = reserved.has(name) ? `annotation.${name}` : name
    const member = { head: `,${quote(shown)}:`, name: shown, secret: isSecretName(name) }
    if (known.size < remembered) known.set(name, member)
    return member
  }
}
