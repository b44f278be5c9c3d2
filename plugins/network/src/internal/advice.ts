/** What an operator should know about the settings of network, though it is no fault. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import type { NetworkConfig } from "../config.ts"

const balancing = ({ load_balancing: { strategy }, tcp }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  strategy === undefined || !tcp.so_reuseport ? [] : [Advice.contradiction(
    ["network.load_balancing.strategy", "network.tcp.so_reuseport"],
    `network.load_balancing.strategy is ${strategy}, but network.tcp.so_reuseport wins: the operating system chooses ` +
      `the process that gets a connection. Keep one of them.`
  )]

/** The guide leaves the hash out of this one name. */
const ciphers = ({ tls: { ciphers = [], enabled } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  ciphers.flatMap((name, index) =>
    enabled && /^TLS_.*_POLY1305$/.test(name)
      ? [Advice.contradiction(
        [`network.tls.ciphers.${index}`],
        `network.tls.ciphers.${index} is ${name}, which is no name of a cipher suite: it is read as ${name}_SHA256.`
      )]
      : []
  )

export const advice = (config: NetworkConfig): ReadonlyArray<Settings.Advice> => [
  ...balancing(config),
  ...ciphers(config)
]
