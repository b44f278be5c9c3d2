/**
 * Effect's statements, cheaper: the text of a template is put together once, and where no tracer is installed a statement makes no span,
 * because nobody could see it. Whatever else is asked of it, Effect's own statement answers, which is made only then.
 */
import * as Context from "effect/Context"
import * as Effect from "effect/Effect"
import * as Effectable from "effect/Effectable"
import type * as Fiber from "effect/Fiber"
import type { SqlClient } from "effect/sql/SqlClient"
import type { Connection, Row } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Sql from "effect/sql/Statement"
import * as Tracer from "effect/Tracer"

type AnyFiber = Fiber.Fiber<unknown, unknown>
type Rows<A> = Effect.Effect<ReadonlyArray<A>, SqlError>
type Compiled = ReturnType<Sql.Statement<unknown>["compile"]>

/** Lends a session to a statement of a fiber that is in no transaction. */
export type Borrow = <A, E, R>(
  fiber: AnyFiber,
  use: (session: Connection) => Effect.Effect<A, E, R>
) => Effect.Effect<A, E | SqlError, R>

interface Sending {
  readonly borrow: Borrow
  readonly transaction: SqlClient["transactionService"]
}

/** Whether somebody wants to see each statement, or to change it. */
const isWatched = (fiber: AnyFiber): boolean =>
  (fiber.cache.tracerEnabled && fiber.cache.tracer !== undefined && fiber.cache.tracer !== Tracer.nativeTracer) ||
  fiber.getRef(Sql.CurrentTransformer) !== undefined

const fragment = "~effect/sql/Statement/Fragment"

class Statement<A> extends Effectable.Class<ReadonlyArray<A>, SqlError> implements Sql.Statement<A> {
  readonly [fragment] = fragment
  private readonly sending: Sending
  private readonly compiled: Compiled | undefined
  private readonly whole: () => Sql.Statement<A>

  constructor(sending: Sending, compiled: Compiled | undefined, whole: () => Sql.Statement<A>) {
    super()
    this.sending = sending
    this.compiled = compiled
    this.whole = whole
  }

  run(fiber: AnyFiber): Rows<A> {
    if (isWatched(fiber)) return this.whole()
    const [text, params] = this.compiled ?? this.whole().compile()
    const { borrow, transaction } = this.sending
    const open = Context.getOrUndefined(fiber.context, transaction)
    return open === undefined
      ? borrow(fiber, (session) => session.execute(text, params, undefined))
      : open[0].execute(text, params, undefined)
  }

  asEffect(): Rows<A> {
    return Effect.withFiber((fiber) => this.run(fiber))
  }

  compile(withoutTransform?: boolean): Compiled {
    return this.whole().compile(withoutTransform)
  }

  get segments() {
    return this.whole().segments
  }

  get raw() {
    return this.whole().raw
  }

  get stream() {
    return this.whole().stream
  }

  get unprepared() {
    return this.whole().unprepared
  }

  get values() {
    return this.whole().values
  }

  get valuesUnprepared() {
    return this.whole().valuesUnprepared
  }

  get withoutTransform() {
    return this.whole().withoutTransform
  }
}

/** Runs at once, where `asEffect` takes one more step of the fiber. */
Object.setPrototypeOf(
  Statement.prototype,
  Effectable.Prototype<Statement<unknown>>({
    label: "Statement",
    evaluate(fiber) {
      return this.run(fiber)
    }
  })
)

/** Effect's statement makes each of these a parameter; other objects may be fragments. */
const isValue = (arg: unknown): boolean =>
  arg === null || (typeof arg !== "object" && typeof arg !== "function") || Array.isArray(arg) ||
  arg instanceof Date || arg instanceof Uint8Array

const textOf = (strings: TemplateStringsArray): string =>
  strings.reduce((text, literal, index) => `${text}$${index}${literal}`)

/** The client with its statements replaced; all else of it stays. */
export const make = (sql: SqlClient, borrow: Borrow): SqlClient => {
  const sending: Sending = { borrow, transaction: sql.transactionService }
  const texts = new WeakMap<TemplateStringsArray, string>()
  const knownText = (strings: TemplateStringsArray): string => {
    const known = texts.get(strings)
    if (known !== undefined) return known
    const text = textOf(strings)
    texts.set(strings, text)
    return text
  }
  const composed = <A>(statement: Sql.Statement<A>) => new Statement(sending, undefined, () => statement)

  function statement<A extends object = Row>(
    strings: TemplateStringsArray,
    ...args: ReadonlyArray<unknown>
  ): Sql.Statement<A>
  function statement(name: string): Sql.Identifier
  function statement(first: TemplateStringsArray | string, ...args: ReadonlyArray<unknown>): unknown {
    if (typeof first === "string") return sql(first)
    const whole = () => sql(first, ...args)
    return args.every(isValue) ? new Statement(sending, [knownText(first), args], whole) : composed(whole())
  }

  const unsafe: SqlClient["unsafe"] = <A extends object>(text: string, params?: ReadonlyArray<unknown>) =>
    new Statement<A>(sending, [text, params ?? []], () => sql.unsafe<A>(text, params))

  const client = Object.assign(statement, sql, { unsafe, withoutTransforms: () => client })
  return Object.assign(client, { safe: client })
}
