/** `--only ours,raw`: some of the named things of a benchmark, chosen on the command line. Pure. */
import * as Option from "effect/Option"

/** Names out of `known`, separated by commas; none when one of them is unknown. */
export const chosen = (known: ReadonlyArray<string>, text: string): Option.Option<ReadonlyArray<string>> => {
  const names = text.split(",").map((name) => name.trim())
  return names.every((name) => known.includes(name)) ? Option.some(names) : Option.none()
}

/** What is left of `all`, in its own order. No names: everything. */
export const choose = <A>(all: Readonly<Record<string, A>>, names: ReadonlyArray<string>): ReadonlyArray<A> =>
  Object.entries(all).flatMap(([name, one]) => names.length === 0 || names.includes(name) ? [one] : [])
