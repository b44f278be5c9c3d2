/**
 * A growing ring buffer: first in, first out, without moving elements on every take as `Array.shift` does. Pure; knows
 * nothing of jobs.
 */
export interface Ring<A> {
  readonly length: number
  readonly push: (value: A) => void
  readonly shift: () => A | undefined
  readonly peek: () => A | undefined
  /** Keeps the elements that pass, in their order. */
  readonly retain: (keep: (value: A) => boolean) => void
}

const smallest = 16

export const make = <A>(): Ring<A> => {
  // Always a power of two long, so that an index wraps by a mask.
  let slots: Array<A | undefined> = new Array(smallest)
  let head = 0
  let length = 0

  const at = (index: number) => (head + index) & (slots.length - 1)

  const resize = (size: number): void => {
    const next: Array<A | undefined> = new Array(size)
    for (let index = 0; index < length; index++) next[index] = slots[at(index)]
    slots = next
    head = 0
  }

  const shift = (): A | undefined => {
    if (length === 0) return undefined
    const value = slots[head]
    slots[head] = undefined
    head = at(1)
    length--
    // A burst must not keep its memory for ever; a quarter, not a half, so that the edge is not crossed back and forth.
    if (slots.length > smallest && length < slots.length >> 2) resize(slots.length >> 1)
    return value
  }

  return {
    get length() {
      return length
    },
    push: (value) => {
      if (length === slots.length) resize(slots.length << 1)
      slots[at(length)] = value
      length++
    },
    shift,
    peek: () => slots[head],
    retain: (keep) => {
      for (let rest = length; rest > 0; rest--) {
        const value = shift()
        if (value !== undefined && keep(value)) {
          slots[at(length)] = value
          length++
        }
      }
    }
  }
}
