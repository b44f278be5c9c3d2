/** Binding a server, and who wanted the port when it cannot be bound. */
import * as Effect from "effect/Effect"
import type * as net from "node:net"
import { BindFailed, PortTaken } from "../errors.ts"

/** The settings that decide the address, for the sentence that tells that it cannot be had. */
export interface Keys {
  readonly address: string
  readonly addressEnv: string
  readonly port: string
  readonly portEnv: string
}

interface Wanted extends net.ListenOptions {
  readonly host: string
  readonly port: number
}

const problemOf = (error: unknown): string =>
  error instanceof Error && "code" in error ? String(error.code) : String(error)

const remedyOf = ({ address, addressEnv, port, portEnv }: Keys): string =>
  `${address} (environment ${addressEnv}) or ${port} (environment ${portEnv})`

const bindError = ({ host, port }: Wanted, keys: Keys, error: unknown): PortTaken | BindFailed => {
  const problem = problemOf(error)
  return problem === "EADDRINUSE"
    ? new PortTaken({ host, port, setting: keys.port, env: keys.portEnv })
    : new BindFailed({ host, port, problem, remedy: remedyOf(keys) })
}

export const listen = (server: net.Server, wanted: Wanted, keys: Keys) =>
  Effect.callback<net.AddressInfo, PortTaken | BindFailed>((resume) => {
    const failed = (error: unknown) => resume(Effect.fail(bindError(wanted, keys, error)))
    server.once("error", failed)
    server.listen(wanted, () => {
      server.off("error", failed)
      const address = server.address()
      if (address !== null && typeof address === "object") resume(Effect.succeed(address))
    })
  })
