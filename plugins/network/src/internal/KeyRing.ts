/**
 * The public keys of one source while the app runs: loaded again at its pace, sooner when a token names a key that is not
 * there (at most once per cooldown, however many ask), kept while the source fails, and given up when they are too old.
 */
import * as Clock from "effect/Clock"
import * as Deferred from "effect/Deferred"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Schedule from "effect/Schedule"
import type * as Scope from "effect/Scope"
import * as Metrics from "../metrics.ts"

export interface Source<Key> {
  /** The setting that names it, for logs. */
  readonly setting: string
  readonly kind: "file" | "url"
  /** Fails with half a sentence. */
  readonly read: Effect.Effect<string, string>
  /** Throws with half a sentence; asked only for a text that is another than the last one. */
  readonly parse: (text: string) => ReadonlyArray<Key>
  readonly maxAge: Duration.Duration
  readonly cooldown: Duration.Duration
  readonly maxStale: Duration.Duration
}

export interface KeyRing<Key> {
  /** Undefined while there are none that may be trusted. */
  readonly keys: (nowMillis: number) => ReadonlyArray<Key> | undefined
  /** Another number when the keys are others, or too old. */
  readonly version: (nowMillis: number) => number
  /** Half a sentence when the source fails and the keys are missing, old, or about to be; undefined when all is well. */
  readonly fault: (nowMillis: number) => string | undefined
  /** Loads now, or waits for the load that is going on; nothing within the cooldown. */
  readonly ask: Effect.Effect<void>
}

interface State<Key> {
  text: string | undefined
  keys: ReadonlyArray<Key>
  version: number
  loadedAt: number | undefined
  attemptedAt: number | undefined
  failing: boolean
  flight: Deferred.Deferred<void> | undefined
}

const outcome = ({ kind }: Source<unknown>, outcome: "loaded" | "failed") =>
  Metric.update(Metric.withAttributes(Metrics.keyLoads, { source: kind, outcome }), 1)

/** Each burst of failures is told when it begins and when it is over. */
const tell = (state: State<unknown>, failing: boolean, text: string) => {
  if (state.failing === failing) return Effect.void
  state.failing = failing
  return failing ? Effect.logWarning(text) : Effect.logInfo(text)
}

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

const renew = <Key>({ parse }: Source<Key>, state: State<Key>, text: string) =>
  Effect.try({
    try: () => {
      if (state.text === text) return
      state.keys = parse(text)
      state.text = text
      state.version++
    },
    catch: messageOf
  })

/** One load; fails with half a sentence and leaves what there was. */
const loadOnce = <Key>(source: Source<Key>, state: State<Key>) =>
  Effect.flatMap(Clock.currentTimeMillis, (now) => {
    state.attemptedAt = now
    return Effect.flatMap(source.read, (text) => renew(source, state, text)).pipe(
      Effect.andThen(Effect.sync(() => {
        state.loadedAt = now
      })),
      Effect.tap(outcome(source, "loaded")),
      Effect.tapError(() => outcome(source, "failed"))
    )
  })

const meanwhile = ({ loadedAt }: State<unknown>): string =>
  loadedAt === undefined ? "Whoever needs its keys gets 503 until it is." : "The keys loaded before are used meanwhile."

const attempt = <Key>(source: Source<Key>, state: State<Key>) =>
  Effect.matchEffect(loadOnce(source, state), {
    onFailure: (problem) => tell(state, true, `${source.setting} cannot be loaded: ${problem}. ${meanwhile(state)}`),
    onSuccess: () => tell(state, false, `${source.setting} is loaded again`)
  })

/** Also when the clock was set back, which would make a wait of it. */
const hasPassed = (duration: Duration.Duration, since: number, now: number): boolean =>
  now < since || now - since >= Duration.toMillis(duration)

const isDue = (
  { attemptedAt, failing, loadedAt }: State<unknown>,
  { cooldown, maxAge }: Source<unknown>,
  now: number
): boolean =>
  loadedAt === undefined || failing
    ? attemptedAt === undefined || hasPassed(cooldown, attemptedAt, now)
    : hasPassed(maxAge, loadedAt, now)

const empty = <Key>(): State<Key> => ({
  text: undefined,
  keys: [],
  version: 0,
  loadedAt: undefined,
  attemptedAt: undefined,
  failing: false,
  flight: undefined
})

/** In the scope of the ring, because whoever asked first may go away while others wait. */
const loading = <Key>(source: Source<Key>, state: State<Key>, scope: Scope.Scope) =>
  Effect.uninterruptibleMask((restore) => {
    if (state.flight !== undefined) return restore(Deferred.await(state.flight))
    const flight = Deferred.makeUnsafe<void>()
    state.flight = flight
    const landed = Effect.suspend(() => {
      state.flight = undefined
      return Deferred.succeed(flight, undefined)
    })
    return attempt(source, state).pipe(
      Effect.ensuring(landed),
      Effect.forkIn(scope),
      Effect.andThen(restore(Deferred.await(flight)))
    )
  })

const cools = ({ attemptedAt, flight }: State<unknown>, { cooldown }: Source<unknown>, now: number): boolean =>
  flight === undefined && attemptedAt !== undefined && !hasPassed(cooldown, attemptedAt, now)

const isFresh = ({ loadedAt }: State<unknown>, { maxStale }: Source<unknown>, now: number): boolean =>
  loadedAt !== undefined && now - loadedAt <= Duration.toMillis(maxStale)

/** One load may fail without a word; when the next one is overdue as well, somebody should know. */
const isOverdue = ({ loadedAt = 0 }: State<unknown>, { cooldown, maxAge }: Source<unknown>, now: number): boolean =>
  now - loadedAt > 2 * Duration.toMillis(Duration.max(maxAge, cooldown))

const faultOf = (state: State<unknown>, source: Source<unknown>, now: number): string | undefined => {
  if (!state.failing) return undefined
  if (state.loadedAt === undefined) return `${source.setting} was not loaded once: whoever needs its keys gets 503`
  if (isFresh(state, source, now) && !isOverdue(state, source, now)) return undefined
  const since = Duration.format(Duration.seconds(Math.round((now - state.loadedAt) / 1000)))
  const keys = isFresh(state, source, now) ? "its keys of then are used" : "its keys are too old, and count no more"
  return `${source.setting} could not be loaded for ${since}: ${keys}`
}

/** A source of kind `file` must be there at the start: its first load fails with half a sentence. */
export const make = Effect.fnUntraced(function*<Key>(source: Source<Key>): Effect.fn.Return<
  KeyRing<Key>,
  string,
  Scope.Scope
> {
  const state = empty<Key>()
  if (source.kind === "file") yield* loadOnce(source, state)
  const load = loading(source, state, yield* Effect.scope)
  const asNeeded = Effect.flatMap(Clock.currentTimeMillis, (now) => isDue(state, source, now) ? load : Effect.void)
  yield* asNeeded.pipe(
    Effect.repeat(Schedule.spaced(Duration.min(source.maxAge, source.cooldown))),
    Effect.forkScoped({ startImmediately: true })
  )
  return {
    keys: (now) => isFresh(state, source, now) ? state.keys : undefined,
    version: (now) => isFresh(state, source, now) ? state.version : -1,
    fault: (now) => faultOf(state, source, now),
    ask: Effect.flatMap(Clock.currentTimeMillis, (now) => cools(state, source, now) ? Effect.void : load)
  }
})
