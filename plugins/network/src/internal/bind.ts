/** Binds the port of the settings, alone or beside other processes. */
import type * as net from "node:net"
import process from "node:process"
import type { NetworkConfig } from "../config.ts"
import { reusePortPlatforms } from "../config/tcp.ts"
import * as Listening from "./listening.ts"

type Tcp = NetworkConfig["tcp"]

const keys = {
  address: "network.tcp.bind_address",
  addressEnv: "NETWORK_BIND_ADDRESS",
  port: "network.tcp.port",
  portEnv: "NETWORK_PORT"
}

/** Whether the operating system itself spreads connections over the processes that listen on one port. */
export const isReused = ({ so_reuseport }: Tcp): boolean =>
  so_reuseport && reusePortPlatforms.includes(process.platform)

export const bind = (server: net.Server, tcp: Tcp) => {
  const { backlog, bind_address: host, port } = tcp
  return Listening.listen(server, { host, port, backlog, reusePort: isReused(tcp) }, keys)
}
