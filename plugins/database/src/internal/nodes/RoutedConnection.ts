/** A session that is chosen when its statement is known: what Effect's `SqlClient` gets where there are several servers. */
import * as Effect from "effect/Effect"
import type * as Scope from "effect/Scope"
import type { Connection } from "effect/sql/SqlConnection"
import type { SqlError } from "effect/sql/SqlError"
import * as Stream from "effect/Stream"

export interface Chooser {
  /** Lends the session of the right server for one statement. */
  readonly statement: <A>(
    sql: string,
    use: (session: Connection) => Effect.Effect<A, SqlError>
  ) => Effect.Effect<A, SqlError>
  /** The same until the scope closes. */
  readonly session: (sql: string) => Effect.Effect<Connection, SqlError, Scope.Scope>
}

type Transform = (<A extends object>(row: ReadonlyArray<A>) => ReadonlyArray<A>) | undefined

export class RoutedConnection implements Connection {
  private readonly choose: Chooser

  constructor(choose: Chooser) {
    this.choose = choose
  }

  execute(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.choose.statement(sql, (session) => session.execute(sql, params, transform))
  }

  executeUnprepared(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return this.choose.statement(sql, (session) => session.executeUnprepared(sql, params, transform))
  }

  executeRaw(sql: string, params: ReadonlyArray<unknown>) {
    return this.choose.statement(sql, (session) => session.executeRaw(sql, params))
  }

  executeValues(sql: string, params: ReadonlyArray<unknown>) {
    return this.choose.statement(sql, (session) => session.executeValues(sql, params))
  }

  executeValuesUnprepared(sql: string, params: ReadonlyArray<unknown>) {
    return this.choose.statement(sql, (session) => session.executeValuesUnprepared(sql, params))
  }

  executeStream(sql: string, params: ReadonlyArray<unknown>, transform: Transform) {
    return Stream.scoped(
      Stream.unwrap(Effect.map(this.choose.session(sql), (session) => session.executeStream(sql, params, transform)))
    )
  }
}
