/** Where the server really listens, for start screens, tests and other plugins. */
import * as Context from "effect/Context"

export interface Address {
  /** The address as bound, for example `127.0.0.1`. */
  readonly host: string
  /** The port really bound, also when the settings asked for 0. */
  readonly port: number
  /** `http://127.0.0.1:8080`, without a slash at the end; a wildcard address is shown as the loopback one. */
  readonly url: string
}

export class Network extends Context.Service<Network, {
  readonly address: Address
}>()("@heptad/network/Network") {}
