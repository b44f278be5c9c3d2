/** How settings are laid over each other: maps merge, everything else is replaced by what comes later. */
import * as Result from "effect/Result"
import { type ListNode, map, type MapNode, type Node } from "./node.ts"

const merge = (earlier: Node | undefined, later: Node): Node =>
  earlier?.kind === "map" && later.kind === "map" ? mergeMaps(earlier, later) : later

/** The group's origin is that of the later one. */
export const mergeMaps = (earlier: MapNode, later: MapNode): MapNode => {
  const entries = new Map(earlier.entries)
  for (const [key, child] of later.entries) entries.set(key, merge(entries.get(key), child))
  return map(later.origin, entries)
}

const index = /^\d{1,4}$/

const putIntoList = (list: ListNode, head: string, rest: ReadonlyArray<string>, child: Node): Put<ListNode> => {
  const { items, origin } = list
  const at = index.test(head) ? Number(head) : Infinity
  if (at > items.length) return Result.fail(`there is no item "${head}" in the list of ${items.length} at ${origin}`)
  return Result.map(
    putInto(items[at], rest, child),
    (item) => ({ ...list, items: at === items.length ? [...items, item] : items.with(at, item) })
  )
}

const putIntoMap = (group: MapNode, head: string, rest: ReadonlyArray<string>, child: Node): Put<MapNode> =>
  Result.map(
    putInto(group.entries.get(head), rest, child),
    (made) => map(group.origin, new Map(group.entries).set(head, made))
  )

type Put<A> = Result.Result<A, string>

const putInto = (parent: Node | undefined, path: ReadonlyArray<string>, child: Node): Put<Node> => {
  const [head, ...rest] = path
  if (head === undefined) return Result.succeed(merge(parent, child))
  if (parent === undefined || (parent.kind === "scalar" && parent.value === null)) {
    // A list that nobody wrote begins with its first item.
    return head === "0"
      ? putIntoList({ kind: "list", origin: child.origin, items: [] }, head, rest, child)
      : putIntoMap(map(child.origin), head, rest, child)
  }
  if (parent.kind === "scalar") return Result.fail(`"${head}" cannot stand in the single value at ${parent.origin}`)
  return parent.kind === "list" ? putIntoList(parent, head, rest, child) : putIntoMap(parent, head, rest, child)
}

/**
 * Lays `child` over what stands at `path`. Missing groups are made, a step that is a number goes into a list. Fails
 * with what stands in the way.
 */
export const put = (root: MapNode, [head = "", ...rest]: ReadonlyArray<string>, child: Node): Put<MapNode> =>
  putIntoMap(root, head, rest, child)

/** The guide writes these two beside the sections; each belongs to one. */
export const homes: ReadonlyMap<string, ReadonlyArray<string>> = new Map([["features", ["common", "features"]], [
  "services",
  ["deployment", "services"]
]])

/** Where a dotted path of the guide really stands. */
export const atHome = (path: ReadonlyArray<string>): ReadonlyArray<string> => {
  const home = homes.get(path[0] ?? "")
  return home === undefined ? path : [...home, ...path.slice(1)]
}

/** Moves the guide's top-level groups to their sections; they stay, to be told as unknown, when that is no map. */
export const bringHome = (root: MapNode): MapNode => {
  let moved = root
  for (const [from, home] of homes) {
    const child = moved.entries.get(from)
    if (child === undefined) continue
    const entries = new Map(moved.entries)
    entries.delete(from)
    moved = Result.getOrElse(put(map(moved.origin, entries), home, child), () => moved)
  }
  return moved
}
