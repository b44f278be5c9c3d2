/** Frames that came, handed over one after the other. One that cannot be taken yet holds up all that stand behind it. */
import type { Fault, Frame } from "./frame.ts"
import { FrameParser } from "./FrameParser.ts"

export interface Taker {
  readonly isOpen: () => boolean
  readonly mustWait: (frame: Frame) => boolean
  readonly take: (frame: Frame) => void
  /** Nothing can be read after it. */
  readonly refuse: (fault: Fault) => void
}

export class Intake {
  readonly #parser: FrameParser
  readonly #taker: Taker
  /** A frame that came while it could not be taken: nothing is read before it. */
  #held: Frame | undefined
  #isTaking = false

  constructor(maxFrame: () => number, taker: Taker) {
    this.#parser = new FrameParser(maxFrame)
    this.#taker = taker
  }

  get isHolding(): boolean {
    return this.#held !== undefined
  }

  /** Whether a frame has begun and is not complete. */
  get isPartial(): boolean {
    return this.#parser.isPartial
  }

  feed(piece: Buffer): void {
    this.#parser.feed(piece)
  }

  /** Forgets the frame that waits. */
  drop(): void {
    this.#held = undefined
  }

  /**
   * Hands frames over until none is left or one must wait, and answers how many. Answers undefined when it is doing so
   * already: what a frame sets in motion may ask for the next one before it returns.
   */
  takeAll(): number | undefined {
    if (this.#isTaking) return undefined
    this.#isTaking = true
    const taken = this.#takeInOrder()
    this.#isTaking = false
    return taken
  }

  #takeInOrder(): number {
    let taken = 0
    while (this.#taker.isOpen()) {
      const next = this.#held ?? this.#parser.next()
      if (next === undefined) return taken
      if (typeof next === "string") this.#taker.refuse(next)
      else if (this.#taker.mustWait(next)) {
        this.#held = next
        return taken
      } else {
        this.#held = undefined
        taken++
        this.#taker.take(next)
      }
    }
    return taken
  }
}
