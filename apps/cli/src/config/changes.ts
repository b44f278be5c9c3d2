/** Pure: changes of settings as lines. */
import type { Change } from "../control/answers.ts"
import { printable } from "../printable.ts"

const effectOf = ({ plugin, reloadable }: Change): string =>
  reloadable ? "applied in place" : `needs a restart of ${plugin}`

/** `network.cors.enabled: false -> true (network.yaml:3:5), applied in place` */
export const lines = (changes: ReadonlyArray<Change>): ReadonlyArray<string> =>
  changes.map((change) => {
    const { after, before, key, origin } = change
    return printable(`${key}: ${before} -> ${after} (${origin}), ${effectOf(change)}`)
  })
