/** A group whose keys are all commented out is null in YAML, and means its defaults. */
import type * as Setting from "../Setting.ts"
import { map, type MapNode, type Node } from "./node.ts"

const groupsOf = (settings: ReadonlyArray<Setting.Description>): ReadonlySet<string> =>
  new Set(settings.flatMap(({ path }) => path.slice(0, -1).map((_, index) => path.slice(0, index + 1).join("."))))

/** Makes an empty group of every null that stands for a known group; any other null stays, to be told as wrong. */
export const fillEmptyGroups = (root: MapNode, settings: ReadonlyArray<Setting.Description>): MapNode => {
  const groups = groupsOf(settings)
  const fill = (node: Node, path: string): Node =>
    node.kind === "map"
      ? map(node.origin, new Map([...node.entries].map(([key, child]) => [key, fill(child, `${path}.${key}`)])))
      : node.kind === "scalar" && node.value === null && groups.has(path)
      ? map(node.origin)
      : node
  return map(root.origin, new Map([...root.entries].map(([key, child]) => [key, fill(child, key)])))
}
