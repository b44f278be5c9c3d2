/** What stands at a path of plain data; undefined where nothing does. */
export const valueAt = (tree: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce((node, key) => typeof node === "object" && node !== null ? Reflect.get(node, key) : undefined, tree)
