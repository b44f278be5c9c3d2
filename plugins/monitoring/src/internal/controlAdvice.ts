/** Settings of the control API that have no effect, or an effect that is easily overlooked. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import type { MonitoringConfig } from "../config.ts"

const enabled = "monitoring.control.enabled"
const allowRemote = "monitoring.control.allow_remote"
const bindAddress = "monitoring.health.bind_address"

const reachesLoopback = (address: string): boolean => /^(127\.|0\.0\.0\.0$|::1?$|localhost$)/.test(address)

export const controlAdvice = ({ control, health }: MonitoringConfig): ReadonlyArray<Settings.Advice> => {
  if (!control.enabled) return []
  if (!health.enabled) {
    const why = "monitoring.health.enabled is false, and the control API is served on that port"
    return [Advice.notApplied(enabled, why)]
  }
  if (control.allow_remote) {
    const message = `${allowRemote} is on: whoever reaches ${health.bind_address} with the operator's token can stop ` +
      "the app, and the token travels unencrypted. Let only a trusted network reach that port."
    return [Advice.hint([allowRemote, bindAddress], message)]
  }
  if (reachesLoopback(health.bind_address)) return []
  const why = `the control API serves loopback peers only, and ${bindAddress} is ${health.bind_address}. ` +
    `Bind to 0.0.0.0, or set ${allowRemote}`
  return [Advice.notApplied(enabled, why)]
}
