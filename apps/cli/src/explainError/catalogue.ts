/** Pure: everything that can be explained, the errors of the kernel, of the command and of every plugin, and how it is found. */
import { ErrorCode } from "@heptad/common"
import { type Explanation, explanations as ofKernel, nearest } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import { NothingToExplain } from "../errors.ts"
import { explanations as ofCommand } from "../explanations.ts"

/** One kind of failure of one package. */
export interface Explained extends Omit<Explanation, "code"> {
  /** `kernel`, `cli`, or the name of the plugin. */
  readonly plugin: string
  readonly page: string
  readonly code?: ErrorCode.ErrorCode
}

/** A code that no error class carries: what is known is its row in the registry. */
export interface Bare {
  readonly code: ErrorCode.ErrorCode
}

/** Two texts of one error share their heading; the second heading of a name gets a number, as where pages are shown. */
const anchors = () => {
  const given = new Map<string, Array<string>>()
  return (plugin: string, tag: string): string => {
    const slug = tag.toLowerCase()
    const owners = given.get(slug) ?? []
    if (!owners.includes(plugin)) owners.push(plugin)
    given.set(slug, owners)
    const place = owners.indexOf(plugin)
    return place === 0 ? slug : `${slug}-${place}`
  }
}

const make = (): ReadonlyArray<Explained> => {
  const anchor = anchors()
  const sources = [{ name: "kernel", explanations: ofKernel }, { name: "cli", explanations: ofCommand }, ...plugins]
  return sources.flatMap(({ explanations, name }) =>
    explanations.map(({ code, ...text }) => ({
      plugin: name,
      ...text,
      page: `docs/errors.md#${anchor(name, text.tag)}`,
      ...codeOf(code)
    }))
  )
}

const codeOf = (name: string | undefined): { readonly code?: ErrorCode.ErrorCode } => {
  const code = name === undefined ? undefined : ErrorCode.find(name)
  return code === undefined ? {} : { code }
}

export const catalogue = make()

/** By name, or by number with or without its sign. */
const registered = (what: string): ErrorCode.ErrorCode | undefined =>
  ErrorCode.find(/^-?\d+$/.test(what) ? String(-Math.abs(Number(what))) : what.toLowerCase())

const names = [catalogue.map(({ tag }) => tag), ErrorCode.all.map(({ name }) => name)]
const longest = Math.max(...names.flat().map(({ length }) => length))

/** Nothing is near to a word of twice the length, and comparing it would take its time. */
const near = (what: string): ReadonlyArray<string> =>
  what.length > 2 * longest ? [] : names.flatMap((each) => nearest(what, each) ?? [])

/** All that a tag, a code or a number stands for. */
export const find = (what: string): ReadonlyArray<Explained | Bare> | NothingToExplain => {
  const tagged = catalogue.filter(({ tag }) => tag.toLowerCase() === what.toLowerCase())
  if (tagged.length > 0) return tagged
  const code = registered(what)
  if (code === undefined) return new NothingToExplain({ what, near: near(what) })
  const coded = catalogue.filter((each) => each.code?.number === code.number)
  return coded.length > 0 ? coded : [{ code }]
}
