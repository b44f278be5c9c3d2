/**
 * Looks through JSON bytes before they are parsed: depth and number of values, without recursion. It does not decide
 * whether the text is valid JSON; the parser does.
 */
import { type Limits, tooDeep, tooMany } from "./limits.ts"

const quote = 0x22
const backslash = 0x5c
const comma = 0x2c

const isOpening = (byte: number): boolean => byte === 0x7b || byte === 0x5b
const isClosing = (byte: number): boolean => byte === 0x7d || byte === 0x5d

/** Position after the string that begins at `at`. */
const skipString = (bytes: Uint8Array, at: number): number => {
  let position = at + 1
  while (position < bytes.length && bytes[position] !== quote) position += bytes[position] === backslash ? 2 : 1
  return position + 1
}

/** Throws `LimitExceeded`. Every value but the first comes after a comma or an opening bracket. */
export const scan = (bytes: Uint8Array, limits: Limits): void => {
  let depth = 0
  let values = 1
  for (let position = 0; position < bytes.length;) {
    const byte = bytes[position] ?? 0
    if (byte === quote) {
      position = skipString(bytes, position)
      continue
    }
    if (isOpening(byte)) {
      depth++
      values++
    } else if (isClosing(byte)) depth--
    else if (byte === comma) values++
    if (depth > limits.depth) throw tooDeep(limits.depth)
    if (values > limits.elements) throw tooMany(limits.elements)
    position++
  }
}
