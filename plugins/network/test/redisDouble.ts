/** What of Redis a rate limit needs, on a real socket: the protocol, and the token bucket that Effect's script is. It can fail. */
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import { once } from "node:events"
import * as net from "node:net"

const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`

/** The commands at the beginning of the bytes, and what is left. Clients send arrays of texts only. */
const parse = (bytes: string): { readonly commands: ReadonlyArray<ReadonlyArray<string>>; readonly rest: string } => {
  const commands: Array<ReadonlyArray<string>> = []
  let rest = bytes
  for (;;) {
    const lines = rest.split("\r\n")
    const count = Number(lines[0]?.slice(1))
    if (!rest.startsWith("*") || lines.length < 2 * count + 2) return { commands, rest }
    commands.push(Array.from({ length: count }, (_, index) => lines[2 * index + 2] ?? ""))
    rest = lines.slice(2 * count + 1).join("\r\n")
  }
}

/** Behaves as told: answers, keeps silent, answers with an error, or with bytes that mean nothing. */
export type Mood = "well" | "silent" | "failing" | "mad"

export const redisDouble = Effect.acquireRelease(
  Effect.promise(async () => {
    const buckets = new Map<string, { tokens: number; at: number }>()
    const sockets = new Set<net.Socket>()
    const state = { mood: "well" satisfies Mood as Mood, asked: 0 }

    const consume = ([, , key = "", , tokens, refill, limit]: ReadonlyArray<string>): string => {
      const bucket = buckets.get(key) ?? { tokens: Number(limit), at: Date.now() }
      const back = Math.floor((Date.now() - bucket.at) / Number(refill))
      bucket.tokens = Math.min(Number(limit), bucket.tokens + back)
      bucket.at += back * Number(refill)
      const next = bucket.tokens - Number(tokens)
      if (next >= 0) bucket.tokens = next
      buckets.set(key, bucket)
      state.asked++
      return `*2\r\n${bulk(String(next))}${bulk("0")}`
    }

    const answer = ([name = "", ...args]: ReadonlyArray<string>): string => {
      if (state.mood === "failing" && name === "EVALSHA") return "-OOM command not allowed\r\n"
      switch (name) {
        case "HELLO":
          return "%1\r\n+server\r\n+redis\r\n"
        case "SCRIPT":
          return bulk(createHash("sha1").update(args[1] ?? "").digest("hex"))
        case "EVALSHA":
          return consume(args)
        case "PING":
          return "+PONG\r\n"
        default:
          return "+OK\r\n"
      }
    }

    const server = net.createServer((socket) => {
      let arrived = ""
      sockets.add(socket)
      socket.setEncoding("latin1")
      socket.on("error", () => {})
      socket.on("close", () => sockets.delete(socket))
      socket.on("data", (chunk) => {
        if (state.mood === "silent") return
        if (state.mood === "mad") {
          socket.write("\u0000\r\n%%%?$-9\r\nGET / HTTP/1.1\r\n\r\n")
          return
        }
        const { commands, rest } = parse(arrived + String(chunk))
        arrived = rest
        for (const command of commands) socket.write(answer(command), "latin1")
      })
    })
    const listen = async (port: number) => {
      server.listen(port, "127.0.0.1")
      await once(server, "listening")
      const address = server.address()
      return address === null || typeof address === "string" ? 0 : address.port
    }
    const stop = async () => {
      if (!server.listening) return
      const closed = once(server, "close")
      server.close()
      for (const socket of sockets) socket.destroy()
      await closed
    }
    const port = await listen(0)
    return {
      url: `redis://127.0.0.1:${port}`,
      keys: () => [...buckets.keys()],
      asked: () => state.asked,
      connections: () => sockets.size,
      become: (mood: Mood) => {
        state.mood = mood
      },
      stop: Effect.promise(stop),
      start: Effect.promise(() => listen(port))
    }
  }),
  ({ stop }) => stop
)

export type RedisDouble = Effect.Success<typeof redisDouble>
