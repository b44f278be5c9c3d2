/**
 * What a person reads about one kind of failure: what it is, where it comes from, what to do. Data beside the errors of a
 * package, so that a failed start, the reference page and `heptad explain-error` say the same.
 */

export interface Explanation {
  /** The `_tag` of the error. */
  readonly tag: string
  /** What happened, a few words without a full stop. */
  readonly title: string
  /** Where it usually comes from, one or two sentences. */
  readonly cause: string
  /** What to do about it, imperative, one or two sentences. */
  readonly remedy: string
  /** Name in the error registry (`network.bind_failed`), for errors that carry a code. */
  readonly code?: string
}
