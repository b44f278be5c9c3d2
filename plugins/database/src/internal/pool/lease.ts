/**
 * Who holds a session, and since when. A lease is a few plain fields: what they mean (span, plugin, trace) is looked up in the fiber's
 * context only when somebody asks.
 */
import * as Context from "effect/Context"
import type * as Fiber from "effect/Fiber"
import * as Option from "effect/Option"
import * as References from "effect/References"
import * as Tracer from "effect/Tracer"
import type { SessionHolder } from "../../Database.ts"
import type { MeasuredConnection } from "../MeasuredConnection.ts"
import type { Session } from "./session.ts"

export class Lease {
  /** Nobody else uses the session meanwhile. */
  readonly exclusive: boolean
  session: Session | undefined
  /** What is to be done before the session can be used. */
  task: "nothing" | "check" | "open" = "nothing"
  connection: MeasuredConnection | undefined
  fiber = 0
  context: Context.Context<never> = Context.empty()
  since = 0
  /** It was told that this one is held for too long. */
  warned = false
  older: Lease | undefined
  newer: Lease | undefined
  /** It is one of those that hold a session, or a place for one that is being opened. */
  held = false

  constructor(exclusive: boolean) {
    this.exclusive = exclusive
  }

  by({ context, id }: Fiber.Fiber<unknown, unknown>): void {
    this.fiber = id
    this.context = context
  }
}

/** Those that hold a session, in the order of getting it: a list through the leases themselves, so that entering and leaving are cheap. */
export class Leases {
  oldest: Lease | undefined
  private newest: Lease | undefined
  size = 0

  add(lease: Lease, now: number): void {
    lease.held = true
    lease.since = now
    lease.older = this.newest
    if (this.newest === undefined) this.oldest = lease
    else this.newest.newer = lease
    this.newest = lease
    this.size++
  }

  remove(lease: Lease): void {
    const { newer, older } = lease
    if (older === undefined) this.oldest = newer
    else older.newer = newer
    if (newer === undefined) this.newest = older
    else newer.older = older
    lease.older = lease.newer = undefined
    lease.held = false
    this.size--
  }

  /** At most `limit`, those who hold longest first. */
  first(limit: number): ReadonlyArray<Lease> {
    const found: Array<Lease> = []
    for (let lease = this.oldest; lease !== undefined && found.length < limit; lease = lease.newer) found.push(lease)
    return found
  }
}

/** The spans of statements and transactions themselves say nothing about who runs them. */
const isOfDatabase = (span: Tracer.AnySpan): span is Tracer.Span =>
  span._tag === "Span" && span.attributes.has("db.system.name")

const spanOf = (context: Context.Context<never>): Tracer.AnySpan | undefined => {
  let span = Context.getOption(context, Tracer.ParentSpan)
  while (Option.isSome(span) && isOfDatabase(span.value)) span = span.value.parent
  return Option.getOrUndefined(span)
}

const pluginOf = (context: Context.Context<never>): string | undefined => {
  const plugin = Context.get(context, References.CurrentLogAnnotations)["plugin"]
  return typeof plugin === "string" ? plugin : undefined
}

export const holderOf = ({ context, fiber, since }: Lease, now: number): SessionHolder => {
  const span = spanOf(context)
  return {
    span: span?._tag === "Span" ? span.name : undefined,
    traceId: span?.traceId,
    plugin: pluginOf(context),
    fiber,
    heldMillis: Math.max(0, now - since)
  }
}
