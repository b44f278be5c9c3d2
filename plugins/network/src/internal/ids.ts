/** Ids of requests and traces: 32 hexadecimal digits, random, cut from a supply because making each alone costs ten times more. */
import { randomBytes } from "node:crypto"

const digits = 32

const supplyBytes = 4096

let supply = ""
let next = 0

export const newId = (): string => {
  if (next >= supply.length) {
    supply = randomBytes(supplyBytes).toString("hex")
    next = 0
  }
  const id = supply.slice(next, next + digits)
  next += digits
  return id
}
