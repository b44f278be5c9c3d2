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

type Tagged = { readonly _tag: string }

/** The error classes of a module, as instances. */
type ErrorsOf<Module> = {
  [Name in keyof Module]: Module[Name] extends abstract new(...args: never) => infer E ? Extract<E, Tagged> : never
}[keyof Module]

type Text = Omit<Explanation, "tag" | "code">

/** With the code that the class carries; one text for each code where it depends on the failure. */
type Entry<E> = E extends { readonly errorCode: { readonly name: infer Code extends string } } ?
  OneOrMore<Text & { code: Code }>
  : Text
type OneOrMore<A> = A | ReadonlyArray<A>

/** `explanationsOf<typeof Errors>({ Tag: ... })`: no text missing, none too many, or it does not compile. */
export const explanationsOf = <Module>(
  entries: { readonly [E in ErrorsOf<Module> as E["_tag"]]: Entry<E> }
): ReadonlyArray<Explanation> =>
  Object.entries<OneOrMore<Omit<Explanation, "tag">>>(entries).flatMap(([tag, texts]) =>
    [texts].flat().map((text) => ({ tag, ...text }))
  )
