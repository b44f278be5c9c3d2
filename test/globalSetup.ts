/**
 * Offers one embedded PostgreSQL to the tests of a run. Tests ask for it on a socket; the first one starts it. It runs as
 * a process that ends with its standard input, so that it goes with this run however the run ends.
 */
import { type ChildProcess, spawn } from "node:child_process"
import { once } from "node:events"
import { createServer } from "node:net"
import { join } from "node:path"
import { createInterface } from "node:readline"
import { makeTemporaryFolder } from "./temporaryFolder.ts"

const program = join(import.meta.dirname, "databaseServer.ts")

const start = () => spawn(process.execPath, ["--conditions=source", program], { stdio: ["pipe", "pipe", "inherit"] })

/** Its first line, or nothing when it ended before. */
const coordinatesOf = async (child: ReturnType<typeof start>): Promise<string> => {
  for await (const line of createInterface({ input: child.stdout })) return line
  return ""
}

/** Less than the runner gives to a tear-down. */
const patience = 8000

const stop = async (child: ChildProcess) => {
  if (child.exitCode !== null || child.signalCode !== null) return
  const force = setTimeout(() => child.kill("SIGKILL"), patience)
  child.stdin?.end()
  await once(child, "exit")
  clearTimeout(force)
}

export default async () => {
  const temporary = makeTemporaryFolder()
  const path = join(temporary.path, "ask")
  let child: ReturnType<typeof start> | undefined
  let coordinates: Promise<string> | undefined
  const server = createServer((socket) => {
    socket.on("error", () => undefined)
    child ??= start()
    coordinates ??= coordinatesOf(child)
    void coordinates.then((text) => socket.end(text))
  })
  server.listen(path)
  await once(server, "listening")
  process.env.HEPTAD_TEST_DATABASE = path
  return async () => {
    server.close()
    if (child !== undefined) await stop(child)
    temporary.remove()
  }
}
