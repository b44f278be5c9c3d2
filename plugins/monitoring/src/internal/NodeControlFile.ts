/** `control.json` in the data directory: where the control API of the running app is, for the heptad command. */
import * as DateTime from "effect/DateTime"
import * as Effect from "effect/Effect"
import { rename, rm, writeFile } from "node:fs/promises"
import type { Address } from "../Monitoring.ts"

/** From this machine, "every address" is best reached by loopback. */
const reachable: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "[::1]" }

const urlOf = ({ host, port }: Address): string =>
  `http://${reachable[host] ?? (host.includes(":") ? `[${host}]` : host)}:${port}`

/** The old one or the new one, never half of it. After a crash it stays, and its `pid` tells. */
const write = async (path: string, text: string): Promise<void> => {
  const beside = `${path}.new`
  await rm(beside, { force: true })
  await writeFile(beside, text, { mode: 0o600, flag: "wx" })
  await rename(beside, path)
}

/** There until the scope closes. */
export const announce = Effect.fnUntraced(function*(path: string, address: Address, version: string) {
  const started_at = DateTime.formatIso(yield* DateTime.now)
  const text = JSON.stringify({ url: urlOf(address), pid: process.pid, started_at, version })
  yield* Effect.acquireRelease(
    Effect.promise(() => write(path, `${text}\n`)),
    () => Effect.promise(() => rm(path, { force: true }))
  )
})
