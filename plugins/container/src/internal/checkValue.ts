/** Refuses, before it is written, what would not come back as it was. Both codecs ask the same questions. */
import * as Schema from "effect/Schema"
import type { Container } from "../Container.ts"
import { InvalidValue } from "../errors.ts"
import * as Value from "../Value.ts"
import { isForbiddenName } from "./limits.ts"

const halfPair = "a text holds half of a surrogate pair"

const longMin = -(2n ** 63n)
const longMax = 2n ** 64n - 1n

const isUuid = Schema.is(Value.Uuid)

const problemOfName = (name: string): string | undefined =>
  isForbiddenName(name)
    ? `the name "${name}" is not allowed`
    : name.isWellFormed()
    ? undefined
    : halfPair

const problemOf = (value: Value.Value): string | undefined => {
  switch (value.type) {
    case "int":
      return Number.isSafeInteger(value.value) ? undefined : `${value.value} is not an int (whole, up to 2^53 - 1)`
    case "long":
      return value.value >= longMin && value.value <= longMax ? undefined : `${value.value} does not fit into 64 bits`
    case "string":
      return value.value.isWellFormed() ? undefined : halfPair
    case "uuid":
      return isUuid(value.value) ? undefined : "the text is not a UUID"
    case "map":
      return [...value.value.keys()].map(problemOfName).find((problem) => problem !== undefined)
    default:
      return undefined
  }
}

const refuse = (path: string, problem: string | undefined): void => {
  if (problem !== undefined) throw new InvalidValue({ path, problem })
}

/** Throws `InvalidValue`. */
export const checkValue = (value: Value.Value, path: string): void => refuse(path, problemOf(value))

/** The header and the names at the top. Throws `InvalidValue`. */
export const checkContainer = ({ header, values }: Container): void => {
  for (const [part, text] of Object.entries(header)) {
    refuse(`header.${part}`, text.isWellFormed() ? undefined : halfPair)
  }
  for (const name of values.keys()) refuse(name, problemOfName(name))
}
