/** How many sockets of each client address are open. */
import type * as net from "node:net"

export const addresses = () => {
  const open = new Map<string, number>()

  const leave = (address: string): void => {
    const left = (open.get(address) ?? 1) - 1
    if (left === 0) open.delete(address)
    else open.set(address, left)
  }

  /** Counts a socket until it closes. False when its address has `limit` of them already: then it is not counted. */
  return (socket: net.Socket, limit: number): boolean => {
    const address = socket.remoteAddress ?? ""
    const count = (open.get(address) ?? 0) + 1
    if (count > limit) return false
    open.set(address, count)
    socket.once("close", () => leave(address))
    return true
  }
}
