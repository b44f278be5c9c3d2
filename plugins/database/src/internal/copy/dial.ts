/** Opens a session for COPY: socket, credentials and `ssl_mode` as for every other session, TLS and login of the driver's own pieces. */
import * as PgAuth from "@effect/sql-pg/PgAuth"
import type * as PgConnection from "@effect/sql-pg/PgConnection"
import * as PgProtocol from "@effect/sql-pg/PgProtocol"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Redacted from "effect/Redacted"
import * as Result from "effect/Result"
import type * as Scope from "effect/Scope"
import { AuthenticationError, ConnectionError, SqlError, UnknownError } from "effect/sql/SqlError"
import { randomBytes } from "node:crypto"
import * as Net from "node:net"
import * as Tls from "node:tls"
import { logIn, type SessionConfig } from "../nodes/logIn.ts"
import { connect } from "../pool/socket.ts"
import { type Message, Wire } from "./Wire.ts"

const failed = (cause: unknown, message = "Failed to connect"): SqlError =>
  new SqlError({ reason: new ConnectionError({ cause, message: `COPY: ${message}`, operation: "connect" }) })

/** What the server refuses, with its fields, so that it is read like a refusal that the driver reports. */
export const refused = (message: Message): SqlError => {
  const fields = message._tag === "ErrorResponse" ? message.fields : { message: `unexpected ${message._tag}` }
  const cause = Object.assign(new Error(fields.message ?? ""), fields)
  return new SqlError({ reason: new UnknownError({ cause, message: "COPY failed", operation: "query" }) })
}

const once = (socket: Net.Socket, event: "connect" | "secureConnect"): Effect.Effect<void, SqlError> =>
  Effect.callback((resume) => {
    const ready = () => resume(Effect.void)
    const lost = (cause: Error) => resume(Effect.fail(failed(cause)))
    const closed = () => lost(new Error("the connection was closed"))
    socket.once(event, ready).once("error", lost).once("close", closed)
    return Effect.sync(() => socket.off(event, ready).off("error", lost).off("close", closed))
  })

/** The answer to the wish for TLS is one byte. */
const agreed = (socket: Net.Socket): Effect.Effect<boolean, SqlError> =>
  Effect.callback((resume) => {
    socket.once("data", (answer: Buffer) => resume(Effect.succeed(answer.length === 1 && answer[0] === 0x53)))
    socket.once("close", () => resume(Effect.fail(failed(new Error("the connection was closed")))))
    socket.write(PgProtocol.encodeSslRequest())
  })

const encrypted = Effect.fnUntraced(function*(socket: Net.Socket, { host = "localhost", ssl }: PgConnection.Config) {
  if (!(yield* agreed(socket))) {
    return yield* failed(new Error("The server does not support TLS"), "Server refused TLS")
  }
  const options = typeof ssl === "object" ? ssl : {}
  const secure = Tls.connect({ host, ...(Net.isIP(host) === 0 ? { servername: host } : {}), ...options, socket })
  yield* once(secure, "secureConnect")
  return secure
})

const ok = <A, E>(result: Result.Result<A, E>): Effect.Effect<A, SqlError> =>
  Result.match(result, {
    onSuccess: (value) => Effect.succeed(value),
    onFailure: (cause) =>
      Effect.fail(
        new SqlError({
          reason: new AuthenticationError({ cause, message: "COPY: login failed", operation: "connect" })
        })
      )
  })

/** The whole exchange: the server proves that it knows the password too. */
const scram = Effect.fnUntraced(function*(wire: Wire, password: string) {
  const first = yield* ok(PgAuth.scramInit({ password, nonce: randomBytes(18).toString("base64") }))
  wire.socket.write(PgProtocol.encodeSASLInitialResponse({
    mechanism: PgAuth.SCRAM_SHA_256,
    initialResponse: first.response
  }))
  const challenge = yield* wire.next
  if (challenge._tag !== "AuthenticationSASLContinue") return yield* refused(challenge)
  const second = yield* ok(PgAuth.scramContinue(first.state, challenge.data))
  wire.socket.write(PgProtocol.encodeSASLResponse({ data: second.response }))
  const last = yield* wire.next
  if (last._tag !== "AuthenticationSASLFinal") return yield* refused(last)
  yield* ok(PgAuth.scramFinish(second.state, last.data))
})

const prove = Effect.fnUntraced(function*(wire: Wire, user: string, password: string) {
  const asked = yield* wire.next
  switch (asked._tag) {
    case "AuthenticationOk":
      return
    case "AuthenticationSASL":
      return yield* scram(wire, password)
    case "AuthenticationMD5Password":
      wire.socket.write(PgProtocol.encodePasswordMessage({
        password: yield* ok(PgAuth.md5Password({ user, password, salt: asked.salt }))
      }))
      return
    case "AuthenticationCleartextPassword":
      wire.socket.write(PgProtocol.encodePasswordMessage({ password }))
      return
    default:
      return yield* refused(asked)
  }
})

const introduce = Effect.fnUntraced(function*(wire: Wire, config: PgConnection.Config) {
  const { applicationName, database, password, startupParameters, username = "" } = config
  const secret = Effect.isEffect(password) ? yield* password : password
  wire.socket.write(PgProtocol.encodeStartupMessage({
    ...startupParameters,
    user: username,
    database,
    application_name: applicationName
  }))
  yield* prove(wire, username, secret === undefined ? "" : Redacted.value(secret))
  for (let message = yield* wire.next; message._tag !== "ReadyForQuery"; message = yield* wire.next) {
    if (message._tag === "ErrorResponse") return yield* refused(message)
  }
})

/** Whatever ends a login is a failed connection. */
const notOpened = (error: SqlError): SqlError =>
  error.reason._tag === "ConnectionError" && error.reason.operation === "connect" ? error : failed(error.reason.cause)

const attempt = (config: PgConnection.Config): Effect.Effect<Wire, SqlError, Scope.Scope> =>
  Effect.gen(function*() {
    const socket = yield* Effect.acquireRelease(
      Effect.sync(() => connect(config).on("error", () => undefined)),
      (made) => Effect.sync(() => made.destroy())
    )
    const opened = Effect.gen(function*() {
      yield* once(socket, "connect")
      const wire = new Wire(config.ssl === false ? socket : yield* encrypted(socket, config))
      yield* introduce(wire, config)
      return wire
    })
    // The next attempt may succeed, and its scope may stay open for long.
    return yield* Effect.onError(opened, () => Effect.sync(() => socket.destroy()))
  }).pipe(
    Effect.mapError(notOpened),
    Effect.timeoutOrElse({
      duration: Duration.fromInputUnsafe(config.connectTimeout ?? "5 seconds"),
      orElse: () => Effect.fail(failed(new Error("no answer in time"), "Connection timed out"))
    })
  )

/** A session until the scope closes. */
export const dial = (config: SessionConfig): Effect.Effect<Wire, SqlError, Scope.Scope> => logIn(config, attempt)
