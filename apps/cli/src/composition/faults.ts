/** Faults as a person reads them who goes through the files with an editor. Pure. */
import type { Reason } from "@heptad/kernel"
import { count } from "../columns.ts"

const originOf = (reason: Reason): string => reason._tag === "InvalidSetting" ? reason.origin : ""

const byPlace = new Intl.Collator("en", { numeric: true })

/** What has no place comes first. */
export const inOrder = (reasons: ReadonlyArray<Reason>): ReadonlyArray<Reason> =>
  reasons.toSorted((a, b) => byPlace.compare(originOf(a), originOf(b)))

export const text = (reasons: ReadonlyArray<Reason>): string =>
  [`${count(reasons.length, "fault")}:`, "", ...inOrder(reasons).map(({ message }) => message)].join("\n")
