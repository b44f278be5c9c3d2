/** Finds the module of a task: the source file, or what it was built to. */
import { existsSync } from "node:fs"

const built = new Map([[".ts", ".js"], [".mts", ".mjs"], [".cts", ".cjs"], [".tsx", ".js"]])

/** The same address with the ending that the compiler gives it, or undefined when it has no source ending. */
export const builtAddress = (address: URL): URL | undefined => {
  const ending = /\.[cm]?tsx?$/.exec(address.pathname)?.[0] ?? ""
  const replacement = built.get(ending)
  if (replacement === undefined) return undefined
  const next = new URL(address)
  next.pathname = address.pathname.slice(0, -ending.length) + replacement
  return next
}

const found = new Map<string, URL>()

/**
 * Prefers the address as written. Whether code runs from source or built cannot be seen from a finished URL, so the file
 * system is asked, once per address.
 */
export const locate = (address: URL): URL => {
  const known = found.get(address.href)
  if (known !== undefined) return known
  const other = address.protocol === "file:" && !existsSync(address) ? builtAddress(address) : undefined
  const located = other !== undefined && existsSync(other) ? other : address
  found.set(address.href, located)
  return located
}
