/**
 * The last records, for whoever asks over the control plane. Warnings and worse are always kept, because they are rare;
 * everything else only while somebody follows, so that an idle control plane costs a record one comparison.
 */
import * as Level from "../Level.ts"

/** A record as it is kept: the JSON object as text, and what it is found by. */
export interface Kept {
  /** How many records had passed the thresholds, this one included. */
  readonly sequence: number
  readonly rank: number
  readonly plugin: unknown
  readonly trace: string | undefined
  readonly json: string
}

export interface Wanted {
  /** Sequence of the last record that the asker knows; without it the newest are given. */
  readonly after: number | undefined
  readonly limit: number
  readonly rank: number
  readonly plugin: string | undefined
  readonly trace: string | undefined
}

export interface Page {
  readonly records: ReadonlyArray<Kept>
  /** For `after` of the next question. */
  readonly next: number
  /** Records after `after` that are no longer, or never were, kept. */
  readonly missed: number
}

const limits = { records: 2000, characters: 2 * 1024 * 1024, page: 512 * 1024 }

const alwaysFrom = Level.rankOf("warn")

/** Whoever does not ask again within this time no longer follows. */
const leaseMillis = 30_000

const fits = ({ plugin, rank, trace }: Wanted) => (record: Kept): boolean =>
  record.rank >= rank && (plugin === undefined || record.plugin === plugin) &&
  (trace === undefined || record.trace === trace)

/** As many from the start as fit into one answer; one always does. */
const page = (records: ReadonlyArray<Kept>, limit: number): ReadonlyArray<Kept> => {
  let characters = 0
  const end = records.findIndex(({ json }, index) =>
    index === limit || ((characters += json.length) > limits.page && index > 0)
  )
  return end === -1 ? records : records.slice(0, end)
}

export class Recent {
  readonly #kept: Array<Kept> = []
  #characters = 0
  #passed = 0
  #followedUntil = 0

  /** To be asked once for every record that passed the thresholds. */
  wants(rank: number, date: Date): boolean {
    this.#passed++
    return rank >= alwaysFrom || (this.#followedUntil !== 0 && date.getTime() < this.#followedUntil)
  }

  /** Keeps the record that `wants` was asked about last. */
  keep(record: Omit<Kept, "sequence">): void {
    this.#kept.push({ ...record, sequence: this.#passed })
    this.#characters += record.json.length
    while (this.#kept.length > limits.records || this.#characters > limits.characters) {
      this.#characters -= this.#kept.shift()?.json.length ?? 0
    }
  }

  /** Everything that passes in the next 30 s is kept. */
  follow(nowMillis: number): void {
    this.#followedUntil = nowMillis + leaseMillis
  }

  read(wanted: Wanted): Page {
    const { after, limit } = wanted
    if (after === undefined) {
      // The newest are cut from the other end.
      const newest = page(this.#kept.filter(fits(wanted)).toReversed(), limit).toReversed()
      return { records: newest, next: this.#passed, missed: 0 }
    }
    // A number from before a restart is larger than any here: everything that is there is new to the asker.
    const from = after > this.#passed ? 0 : after
    const later = this.#kept.filter(({ sequence }) => sequence > from)
    const matching = later.filter(fits(wanted))
    const records = page(matching, limit)
    const next = records.length === matching.length ? this.#passed : records.at(-1)?.sequence ?? from
    return { records, next, missed: next - from - later.filter(({ sequence }) => sequence <= next).length }
  }
}
