/** Settings that take the value of another one while nobody wrote them, for example the logger's level from common's. */
import * as Result from "effect/Result"
import type * as Setting from "../Setting.ts"
import { put } from "./merge.ts"
import type { MapNode, Node } from "./node.ts"

const find = (root: Node | undefined, path: ReadonlyArray<string>): Node | undefined =>
  path.reduce<Node | undefined>((node, key) => node?.kind === "map" ? node.entries.get(key) : undefined, root)

const inheritOne = (root: MapNode, { inherits, path }: Setting.Description): MapNode => {
  const inherited = inherits === undefined ? undefined : find(root, inherits.split("."))
  return inherited === undefined || find(root, path) !== undefined
    ? root
    : Result.getOrElse(put(root, path, inherited), () => root)
}

/** The origin stays that of the value, so that a fault points to the line that somebody can correct. */
export const inherit = (root: MapNode, known: ReadonlyArray<Setting.Description>): MapNode =>
  known.reduce(inheritOne, root)
