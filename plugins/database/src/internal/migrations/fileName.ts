/** What the name of a migration's file says. Pure. */

const form = /^(\d{1,9})[_-]([A-Za-z0-9][\w.-]*?)(?:\.(up|down))?\.sql$/

export const nameOf = (
  file: string
): { readonly id: number; readonly name: string; readonly direction: "up" | "down" } | undefined => {
  const [, digits, name, direction] = form.exec(file) ?? []
  return digits === undefined || name === undefined || Number(digits) === 0
    ? undefined
    : { id: Number(digits), name, direction: direction === "down" ? "down" : "up" }
}
