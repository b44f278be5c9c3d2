/** A database that is away until it is brought: a closed port, and behind it, later, a fresh one on the server of the run. */
import { TestDatabase } from "@heptad/database/testing"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Scope from "effect/Scope"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"

export const makeLateDatabase = async (port: number) => {
  const scope = await Effect.runPromise(Scope.make())
  const { database, host, password, port: number, user } = await Effect.runPromise(
    Scope.provide(TestDatabase.fresh, scope)
  )
  const sockets = new Set<Socket>()
  const server = createServer((socket) => {
    const upstream = connect(`${host}/.s.PGSQL.${number}`)
    for (const [end, other] of [[socket, upstream], [upstream, socket]] as const) {
      sockets.add(end)
      end.on("error", () => other.destroy())
      end.on("close", () => other.destroy())
      end.pipe(other)
    }
  })
  return {
    environment: {
      DB_PRIMARY_HOST: "127.0.0.1",
      DB_PRIMARY_PORT: String(port),
      DB_PRIMARY_NAME: database,
      DB_PRIMARY_USER: user,
      DB_PASSWORD: password,
      DB_SSL_MODE: "disable"
    },
    bring: async () => {
      server.listen(port, "127.0.0.1")
      await once(server, "listening")
    },
    remove: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await Effect.runPromise(Scope.close(scope, Exit.void))
    }
  }
}
