/** A way to the server that can lose its memory: what goes through it hangs from then on without a word, new sessions go through. */
import * as Effect from "effect/Effect"
import * as Net from "node:net"
import * as Path from "node:path"
import { folder } from "./process.ts"

export interface Proxy {
  /** The folder of its unix socket. */
  readonly host: string
  readonly forget: () => void
  readonly opened: () => number
}

const close = (server: Net.Server, sockets: Iterable<Net.Socket>) =>
  Effect.callback<void>((resume) => {
    for (const socket of sockets) socket.destroy()
    server.close(() => resume(Effect.void))
  })

export const proxyTo = Effect.fnUntraced(function*(target: { readonly host: string; readonly port: number }) {
  const host = yield* folder(0o755)
  const sockets = new Set<Net.Socket>()
  let opened = 0
  const server = Net.createServer((client) => {
    opened++
    const upstream = Net.connect({ path: `${target.host}/.s.PGSQL.${target.port}` })
    for (const [from, to] of [[client, upstream], [upstream, client]] as const) {
      sockets.add(from)
      from.on("error", () => to.destroy())
      from.on("close", () => {
        sockets.delete(from)
        to.destroy()
      })
      from.pipe(to)
    }
  })
  yield* Effect.acquireRelease(
    Effect.callback<void>((resume) => {
      server.listen(Path.join(host, `.s.PGSQL.${target.port}`), () => resume(Effect.void))
    }),
    () => close(server, sockets)
  )
  const forget = () => {
    for (const socket of sockets) {
      socket.unpipe()
      socket.pause()
    }
  }
  const proxy: Proxy = { host, forget, opened: () => opened }
  return proxy
})
