/**
 * Free ports for listeners that come back on the same port. They lie below the range from which operating systems number
 * outgoing connections, of which the load opens thousands: one of those could have taken the port while its server was away.
 */
import * as Effect from "effect/Effect"
import * as Random from "effect/Random"
import { createServer } from "node:net"
import { HarnessFailed } from "../errors.ts"

/** Linux begins at 32768, macOS and Windows at 49152. */
const from = 20_000
const to = 32_000

const isFree = (port: number) =>
  Effect.callback<boolean>((resume) => {
    const server = createServer()
    server.once("error", () => resume(Effect.succeed(false)))
    server.listen(port, "127.0.0.1", () => server.close(() => resume(Effect.succeed(true))))
  })

/** So many different ones. */
export const free = Effect.fnUntraced(function*(count: number) {
  const found = new Set<number>()
  for (let attempt = 0; found.size < count; attempt++) {
    if (attempt === 1000) return yield* new HarnessFailed({ problem: `no free port between ${from} and ${to}` })
    const port = yield* Random.nextIntBetween(from, to)
    if (yield* isFree(port)) found.add(port)
  }
  return [...found]
})
