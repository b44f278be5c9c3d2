/**
 * What waits to be written to one sink: lines gathered into texts of about one batch each, because one string grows far
 * cheaper than a list of lines is joined. Bounded in records and in characters, those being written included.
 */

export interface Batch {
  readonly text: string
  readonly records: number
}

export interface Limits {
  readonly records: number
  readonly characters: number
  /** A text of this length is closed and the next one begun. */
  readonly batch: number
}

export class LineQueue {
  readonly #limits: Limits
  #batches: Array<Batch> = []
  #text = ""
  #records = 0
  #heldRecords = 0
  #heldCharacters = 0

  constructor(limits: Limits) {
    this.#limits = limits
  }

  /** Records that were pushed and not settled. */
  get depth(): number {
    return this.#heldRecords
  }

  get isEmpty(): boolean {
    return this.#records === 0 && this.#batches.length === 0
  }

  /** Whether a whole batch waits. */
  get hasFullBatch(): boolean {
    return this.#batches.length > 0
  }

  hasRoom(length: number): boolean {
    return this.#heldRecords < this.#limits.records && this.#heldCharacters + length <= this.#limits.characters
  }

  push(line: string): void {
    this.#text += line
    this.#records++
    this.#heldRecords++
    this.#heldCharacters += line.length
    if (this.#text.length < this.#limits.batch) return
    this.#batches.push({ text: this.#text, records: this.#records })
    this.#text = ""
    this.#records = 0
  }

  /** The oldest batch. It counts against the limits until it is settled. */
  take(): Batch | undefined {
    const batch = this.#batches.shift()
    if (batch !== undefined || this.#records === 0) return batch
    const rest = { text: this.#text, records: this.#records }
    this.#text = ""
    this.#records = 0
    return rest
  }

  /** The batch has left the process, one way or another. */
  settle(batch: Batch): void {
    this.#heldRecords -= batch.records
    this.#heldCharacters -= batch.text.length
  }
}
