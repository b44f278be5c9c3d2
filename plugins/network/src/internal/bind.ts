/** Binds the port of the settings, alone or beside other processes. */
import * as Effect from "effect/Effect"
import type * as net from "node:net"
import process from "node:process"
import type { NetworkConfig } from "../config.ts"
import { reusePortPlatforms } from "../config/tcp.ts"
import * as Listening from "./listening.ts"
import { SharedPort } from "./SharedPort.ts"

type Tcp = NetworkConfig["tcp"]

const keys = {
  address: "network.tcp.bind_address",
  addressEnv: "NETWORK_BIND_ADDRESS",
  port: "network.tcp.port",
  portEnv: "NETWORK_PORT"
}

/** Whether the operating system can spread connections over processes that listen on one port. */
const canReuse = reusePortPlatforms.includes(process.platform)

/** Whether it does so for this one. */
export const isReused = ({ so_reuseport }: Tcp): boolean => so_reuseport && canReuse

/** For ports that nobody accepts for: several processes can listen only together. */
export const reusedByOthers = Effect.map(SharedPort, (shared) => canReuse && (shared?.processes ?? 1) > 1)

export const bind = (server: net.Server, tcp: Tcp) => {
  const { backlog, bind_address: host, port } = tcp
  return Listening.listen(server, { host, port, backlog, reusePort: isReused(tcp) }, keys)
}
