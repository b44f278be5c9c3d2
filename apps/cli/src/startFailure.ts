/** Pure: what a person reads when an app did not start: every reason, what to do about it, where to read more. */
import { explanations, type KernelError } from "@heptad/kernel"
import * as Predicate from "effect/Predicate"

type Reason = KernelError["reasons"][number]

/** A code of the registry marks the errors of plugins, whose own tag says more than that a plugin failed. */
const isOfPlugin = (cause: unknown): cause is { readonly _tag: string } =>
  Predicate.hasProperty(cause, "errorCode") && Predicate.hasProperty(cause, "_tag") && Predicate.isString(cause._tag)

const tagOf = (reason: Reason): string =>
  reason._tag === "PluginFailed" && isOfPlugin(reason.cause) ? reason.cause._tag : reason._tag

/** Messages end with what to do, but for these two: one is a place in a file, the other may be the words of any library. */
const silent = ["InvalidSetting", "PluginFailed"]
const remedies = new Map(explanations.map(({ remedy, tag }) => [tag, remedy]))

/** A plugin that was not ready in time is told with its advice. */
const saysIt = ({ message }: Reason): boolean => message.includes("deployment.start_timeout")

const remedyOf = (reason: Reason | undefined): string | undefined => {
  if (reason === undefined || saysIt(reason)) return undefined
  const tag = tagOf(reason)
  return silent.includes(tag) ? remedies.get(tag) : undefined
}

/** Reasons in a row with the same remedy share it. */
const toLines = (reasons: ReadonlyArray<Reason>): ReadonlyArray<string> =>
  reasons.flatMap((reason, index) => {
    const remedy = remedyOf(reason)
    const last = remedy !== undefined && remedy !== remedyOf(reasons[index + 1])
    return [`- ${reason.message}`, ...(last ? [`  What to do: ${remedy}`] : [])]
  })

const count = ({ length }: ReadonlyArray<Reason>): string => length === 1 ? "1 reason" : `${length} reasons`

export const text = ({ reasons }: KernelError): string =>
  [
    `heptad did not start (${count(reasons)}):`,
    "",
    ...toLines(reasons),
    "",
    `More: heptad explain-error ${[...new Set(reasons.map(tagOf))].join(" ")}`
  ].join("\n")
