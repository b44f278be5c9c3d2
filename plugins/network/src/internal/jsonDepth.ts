/**
 * How deep JSON is nested, found before it is parsed: V8 parses any depth, but slowly (5 million brackets keep it for seconds), and
 * whoever walks the value afterwards - Schema, the formatter of its faults, `JSON.stringify` - runs out of stack.
 */
const json = /^application\/(?:[\w.-]+\+)?json\b/i

/** What is read as JSON by whoever is asked for it; a body without a type may be. */
export const isJsonType = (contentType: string | undefined): boolean =>
  contentType === undefined || json.test(contentType)

const quote = 0x22
const backslash = 0x5c

/** `{` and `[` are the same sign but for one bit, and so are `}` and `]`; no other sign of JSON is. */
const opens = (code: number): boolean => (code | 0x20) === 0x7b
const closes = (code: number): boolean => (code | 0x20) === 0x7d

const isSpace = (code: number): boolean => code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09

/** Follows one document that arrives in parts. What does not begin with a bracket has no depth, or is no JSON. */
export class JsonDepth {
  #depth = 0
  #isFlat = false
  #inText = false
  #escaped = false
  readonly #most: number

  constructor(most: number) {
    this.#most = most
  }

  /** Whether the document is too deep by now. */
  goesTooDeep(part: { readonly length: number }, codeAt: (index: number) => number): boolean {
    for (let index = 0; index < part.length && !this.#isFlat; index++) {
      const code = codeAt(index)
      if (this.#inText) this.#text(code)
      else if (opens(code)) this.#depth++
      else if (this.#depth === 0) this.#isFlat = !isSpace(code)
      else if (closes(code)) this.#depth--
      else if (code === quote) this.#inText = true
      if (this.#depth > this.#most) return true
    }
    return false
  }

  #text(code: number): void {
    if (this.#escaped) this.#escaped = false
    else if (code === backslash) this.#escaped = true
    else if (code === quote) this.#inText = false
  }
}

/** Whether a sign is there more often than that; each one is found by the engine, not by a loop of ours. */
const count = (text: string, sign: string, most: number): number => {
  let found = 0
  for (let at = text.indexOf(sign); at >= 0 && found <= most; at = text.indexOf(sign, at + 1)) found++
  return found
}

/** Of a whole document. Most have fewer brackets than they may be deep, and are not looked at any closer. */
export const isTooDeep = (text: string, most: number): boolean => {
  const objects = count(text, "{", most)
  if (objects <= most && objects + count(text, "[", most) <= most) return false
  return new JsonDepth(most).goesTooDeep(text, (index) => text.charCodeAt(index))
}
