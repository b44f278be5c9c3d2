/**
 * The messages of one session, pulled one by one: what the driver does not offer and COPY needs. The socket stands still while
 * nobody pulls, and writing waits while the server does not read.
 */
import * as PgProtocol from "@effect/sql-pg/PgProtocol"
import * as Effect from "effect/Effect"
import { ConnectionError, SqlError } from "effect/sql/SqlError"
import type { Duplex } from "node:stream"

export type Message = PgProtocol.BackendMessage

const broken = (cause: unknown): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause, message: "the session broke", operation: "query" }) })

/** So many messages may wait before the socket stands still. */
const most = 64

export class Wire {
  readonly socket: Duplex
  readonly #parser = PgProtocol.makeParser()
  readonly #messages: Array<Message> = []
  #failure: SqlError | undefined
  readonly #waiting = new Set<() => void>()

  constructor(socket: Duplex) {
    this.socket = socket
    socket.on("data", (chunk: Buffer) => this.#take(chunk))
    socket.on("error", (cause: Error) => this.#fail(cause))
    socket.on("close", () => this.#fail(new Error("the connection was closed")))
  }

  #take(chunk: Buffer): void {
    try {
      this.#messages.push(...this.#parser.push(chunk))
    } catch (cause) {
      this.socket.destroy()
      return this.#fail(cause)
    }
    if (this.#messages.length > most) this.socket.pause()
    this.#wake()
  }

  #fail(cause: unknown): void {
    this.#failure ??= broken(cause)
    this.#wake()
  }

  #wake(): void {
    const waiting = [...this.#waiting]
    this.#waiting.clear()
    for (const each of waiting) each()
  }

  /** Waits until something changes: a message, the end, or room to write. */
  #change(event?: "drain"): Effect.Effect<void> {
    return Effect.callback((resume) => {
      const done = () => resume(Effect.void)
      this.#waiting.add(done)
      if (event !== undefined) this.socket.once(event, done)
      return Effect.sync(() => {
        this.#waiting.delete(done)
        if (event !== undefined) this.socket.off(event, done)
      })
    })
  }

  /** The next message; notices and settings of the server are passed over. */
  readonly next: Effect.Effect<Message, SqlError> = Effect.suspend(() => {
    const message = this.#messages.shift()
    if (this.#messages.length === 0) this.socket.resume()
    if (message === undefined) {
      return this.#failure === undefined
        ? Effect.andThen(this.#change(), Effect.suspend(() => this.next))
        : Effect.fail(this.#failure)
    }
    return message._tag === "NoticeResponse" || message._tag === "ParameterStatus"
      ? Effect.suspend(() => this.next)
      : Effect.succeed(message)
  })

  /** Whether the server said something that was not asked for yet, or the session is over. */
  get interrupted(): boolean {
    return this.#messages.length > 0 || this.#failure !== undefined
  }

  /** Waits until that is so. */
  readonly interruption: Effect.Effect<void> = Effect.suspend(() =>
    this.interrupted ? Effect.void : Effect.andThen(this.#change(), Effect.suspend(() => this.interruption))
  )

  /** Returns when there is room for more, or when there is no sense in writing more. */
  write(bytes: Uint8Array): Effect.Effect<void> {
    return Effect.suspend(() =>
      this.socket.write(bytes) || this.interrupted
        ? Effect.void
        : this.#change("drain")
    )
  }
}
