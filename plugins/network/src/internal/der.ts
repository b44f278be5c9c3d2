/** Reads DER, as far as an OCSP response needs it: elements with their bounds checked, nothing copied. */

export interface Element {
  readonly tag: number
  readonly content: Uint8Array
}

const longForm = 0x80

/** The length that begins at an offset, and where it ends; 4 bytes of length are more than any file here has. */
const lengthAt = (bytes: Uint8Array, at: number): readonly [length: number, end: number] | undefined => {
  const first = bytes[at]
  if (first === undefined) return undefined
  if (first < longForm) return [first, at + 1]
  const count = first - longForm
  if (count === 0 || count > 4 || at + 1 + count > bytes.length) return undefined
  return [bytes.subarray(at + 1, at + 1 + count).reduce((sum, byte) => sum * 256 + byte, 0), at + 1 + count]
}

/** The elements that stand one after the other; undefined when the bytes are no DER. */
export const elements = (bytes: Uint8Array): ReadonlyArray<Element> | undefined => {
  const found: Array<Element> = []
  for (let at = 0; at < bytes.length;) {
    const length = lengthAt(bytes, at + 1)
    const tag = bytes[at]
    if (length === undefined || tag === undefined || length[1] + length[0] > bytes.length) return undefined
    found.push({ tag, content: bytes.subarray(length[1], length[1] + length[0]) })
    at = length[1] + length[0]
  }
  return found
}

/** What stands in an element, when it has this tag. */
export const inside = (element: Element | undefined, tag: number): ReadonlyArray<Element> | undefined =>
  element?.tag === tag ? elements(element.content) : undefined
