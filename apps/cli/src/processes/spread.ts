/** Gives every connection that was accepted to one of the processes. */
import type { NetworkConfig } from "@heptad/network"
import type { Socket } from "node:net"
import { balancer } from "./balance.ts"
import type { Worker } from "./Worker.ts"

const takes = ({ now: { pulse, state } }: Worker): boolean => state === "running" && pulse.healthy

/** `unplaced` is called for a connection that none can take, which is closed. `settings` may change. */
export const spread = (
  settings: Pick<NetworkConfig["load_balancing"], "strategy">,
  workers: () => ReadonlyArray<Worker>,
  unplaced: () => void
) => {
  const choose = balancer()
  return (socket: Socket): void => {
    const { strategy = "round_robin" } = settings
    const chosen = choose(strategy, workers().filter(takes), socket.remoteAddress ?? "")
    if (chosen === undefined) {
      unplaced()
      socket.destroy()
      return
    }
    chosen.now.connections++
    chosen.say({ _tag: "Connection" }, socket)
  }
}
