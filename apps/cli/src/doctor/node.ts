/** Pure: the Node that runs, against the range that the command asks for. */
import * as Result from "effect/Result"
import * as SemVer from "effect/SemVer"
import * as SemVerRange from "effect/SemVerRange"
import { fault, type Finding, ok } from "./Finding.ts"

/** `version` without the `v`; `range` from `engines` of package.json. */
export const node = (version: string, range: string): Finding => {
  const fits = Result.map(
    Result.all([SemVerRange.parse(range), SemVer.parse(version)]),
    ([wanted, running]) => SemVerRange.matches(wanted, running, { includePrerelease: true })
  )
  return Result.getOrElse(fits, () => false)
    ? ok("Node", `${version} (needs ${range})`)
    : fault("Node", `${version} does not fit ${range}. Install a Node of that range.`)
}
