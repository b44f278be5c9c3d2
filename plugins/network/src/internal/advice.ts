/** What an operator should know about the settings of network, though it is no fault. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import * as Duration from "effect/Duration"
import type { NetworkConfig } from "../config.ts"
import { hasPublicKeys } from "../config/auth.ts"
import { httpAdvice } from "./httpAdvice.ts"

const balancing = (
  { listen: { processes }, load_balancing: { strategy }, tcp, upstreams }: NetworkConfig
): ReadonlyArray<Settings.Advice> => {
  if (strategy === undefined || Object.keys(upstreams).length > 0) return []
  if (processes !== 1 && !tcp.so_reuseport) return []
  return [
    tcp.so_reuseport
      ? Advice.contradiction(
        ["network.load_balancing.strategy", "network.tcp.so_reuseport"],
        `network.load_balancing.strategy is ${strategy}, but network.tcp.so_reuseport wins: the operating system chooses ` +
          `the process that gets a connection. Keep one of them.`
      )
      : Advice.notApplied(
        "network.load_balancing.strategy",
        "it is for the processes of network.listen.processes and the endpoints of network.upstreams, and there is one " +
          "process and no endpoint"
      )
  ]
}

const longer = (a: Duration.Duration, b: Duration.Duration): boolean => Duration.toMillis(a) > Duration.toMillis(b)

/** The total wins: it cuts the first try. */
const timeouts = ({ upstreams }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  Object.entries(upstreams).flatMap(([name, { timeout, total_timeout }]) => {
    const key = `network.upstreams.${name}`
    return longer(timeout, total_timeout)
      ? [Advice.contradiction(
        [`${key}.timeout`, `${key}.total_timeout`],
        `${key}.timeout is ${Duration.format(timeout)}, but total_timeout wins: all tries of a request end after ` +
          `${Duration.format(total_timeout)}. Make the total the longer one.`
      )]
      : []
  })

/** They would wait in the pool, where nobody counts them. */
const places = ({ upstreams }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  Object.entries(upstreams).flatMap(([name, { bulkhead: { max_concurrent }, endpoints, pool: { connections } }]) => {
    const key = `network.upstreams.${name}`
    return max_concurrent > connections * endpoints.length
      ? [Advice.hint(
        [`${key}.bulkhead.max_concurrent`, `${key}.pool.connections`],
        `${key} lets ${max_concurrent} requests through at once, but has ${connections} connections to each of ` +
          `${endpoints.length} endpoints: what is beyond them waits for a connection, within its timeout`
      )]
      : []
  })

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

/** Algorithms that no key can have, so that tokens of them are never accepted. */
const algorithms = ({ auth: { jwt } }: NetworkConfig): ReadonlyArray<Settings.Advice> => {
  const symmetric = jwt.secret !== undefined || jwt.previous_secret !== undefined || !hasPublicKeys(jwt)
  const idle = jwt.algorithms?.filter((name) => name === "HS256" ? !symmetric : !hasPublicKeys(jwt)) ?? []
  return idle.length === 0 ? [] : [Advice.contradiction(
    ["network.auth.jwt.algorithms"],
    `network.auth.jwt.algorithms has ${idle.join(", ")}, but no key of that type is set, so such tokens are refused. ` +
      `Set ${idle.includes("HS256") ? "secret" : "public_key_file, jwks_file or jwks_url"}, or leave them out.`
  )]
}

/** The server would make tokens that it refuses. */
const unverified = ({ auth: { jwt } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  jwt.secret === undefined || jwt.algorithms === undefined || jwt.algorithms.includes("HS256")
    ? []
    : [Advice.contradiction(
      ["network.auth.jwt.algorithms", "network.auth.jwt.secret"],
      "network.auth.jwt.secret is set, but network.auth.jwt.algorithms leaves HS256 out: tokens that this server makes " +
        "are refused. Leave one of them out."
    )]

const certificates = ({ auth: { mtls }, tls }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  !mtls.enabled || (tls.enabled && tls.verify_client) ? [] : [Advice.contradiction(
    ["network.auth.mtls.enabled", "network.tls.verify_client"],
    "network.auth.mtls.enabled is on, but network.tls does not verify client certificates, so none counts. " +
      "Set network.tls.enabled and verify_client, or switch it off."
  )]

/** The second one of two keys would never be found. */
const twins = ({ auth: { api_keys: { keys } } }: NetworkConfig): ReadonlyArray<Settings.Advice> => {
  const ids = keys.map(({ id }) => id)
  const twice = [...new Set(ids.filter((id, index) => ids.indexOf(id) !== index))]
  return twice.length === 0 ? [] : [Advice.contradiction(
    ["network.auth.api_keys.keys"],
    `network.auth.api_keys.keys has ${twice.join(", ")} more than once: logs cannot tell the keys apart. ` +
      `Give each an id of its own.`
  )]
}

/** What only means something beside another setting. */
const alone = ({ tls }: NetworkConfig): ReadonlyArray<Settings.Advice> => [
  ...tls.verify_depth !== undefined && !tls.verify_client
    ? [Advice.contradiction(
      ["network.tls.verify_depth", "network.tls.verify_client"],
      `network.tls.verify_depth is ${tls.verify_depth}, but network.tls.verify_client is false: ` +
        "clients are not asked for a certificate. Set network.tls.verify_client to true, or leave the depth out."
    )]
    : [],
  ...tls.http2 && !tls.enabled
    ? [Advice.contradiction(
      ["network.tls.http2", "network.tls.enabled"],
      "network.tls.http2 is true, but network.tls.enabled is false: HTTP/2 is agreed on in the TLS handshake, " +
        "and without TLS only HTTP/1.1 is spoken."
    )]
    : []
]

/** Who chooses the value of a header chooses a limit of its own with every request. */
const chosenKey = ({ rate_limit: { enabled, key } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  enabled && key.every((part) => part.startsWith("header:"))
    ? [Advice.hint(
      ["network.rate_limit.key"],
      `network.rate_limit.key is ${
        key.join(", ")
      }: clients choose their headers, so whoever sends another one each time ` +
        `is never refused. Add ip, unless a gateway in front sets the header.`
    )]
    : []

const limitedRoutes = ({ rate_limit: { enabled, routes } }: NetworkConfig): ReadonlyArray<Settings.Advice> => {
  const names = routes.map(({ route }) => route)
  const twice = [...new Set(names.filter((name, index) => names.indexOf(name) !== index))]
  return [
    ...twice.length === 0 ? [] : [Advice.contradiction(
      ["network.rate_limit.routes"],
      `network.rate_limit.routes has ${twice.join(", ")} more than once, and the first one wins. Keep one of them.`
    )],
    ...enabled || names.length === 0 ? [] : [Advice.contradiction(
      ["network.rate_limit.routes", "network.rate_limit.enabled"],
      "network.rate_limit.routes is set, but network.rate_limit.enabled is false and wins: nothing is limited. " +
        "Set network.rate_limit.enabled, or leave the routes out."
    )]
  ]
}

const untrusting = ({ proxies: { proxy_protocol, trusted } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  proxy_protocol === "off" || trusted.length > 0 ? [] : [Advice.contradiction(
    ["network.proxies.proxy_protocol", "network.proxies.trusted"],
    `network.proxies.proxy_protocol is ${proxy_protocol}, but network.proxies.trusted is empty and wins: every connection is ` +
      `closed. Name the addresses of your proxies.`
  )]

/** Nobody accepts framed connections for the others. */
const scattered = ({ framed, listen: { processes } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  !framed.enabled || framed.port !== 0 || processes === 1 ? [] : [Advice.hint(
    ["network.framed.port", "network.listen.processes"],
    "network.framed.port is 0 and network.listen.processes is not 1: each process takes framed requests on another port. " +
      "Choose the port."
  )]

export const advice = (config: NetworkConfig): ReadonlyArray<Settings.Advice> => [
  ...balancing(config),
  ...timeouts(config),
  ...places(config),
  ...ciphers(config),
  ...algorithms(config),
  ...unverified(config),
  ...certificates(config),
  ...twins(config),
  ...alone(config),
  ...chosenKey(config),
  ...limitedRoutes(config),
  ...untrusting(config),
  ...scattered(config),
  ...httpAdvice(config)
]
