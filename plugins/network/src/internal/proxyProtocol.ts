/**
 * Reads a PROXY protocol header from every connection before anybody else sees it: the listeners of the server are called when it
 * is there, on a socket that has the told address and the rest of the bytes. So limits, TLS and HTTP need not know of it.
 */
import type * as Context from "effect/Context"
import * as Duration from "effect/Duration"
import * as Metric from "effect/Metric"
import { hasProperty } from "effect/Predicate"
import type * as http from "node:http"
import type * as net from "node:net"
import type { NetworkConfig } from "../config.ts"
import * as Metrics from "../metrics.ts"
import type { Tell } from "./bursts.ts"
import { plain } from "./clientAddresses.ts"
import { longest, readHeader, type Version } from "./proxyHeader.ts"
import { Ranges } from "./Ranges.ts"
import type { Traffic } from "./traffic.ts"

type Settings = Pick<NetworkConfig, "proxies" | "tcp">

const untrusted = Metric.withAttributes(Metrics.refused, { reason: "proxy_untrusted" })
const malformed = Metric.withAttributes(Metrics.refused, { reason: "proxy_header" })

/** From here on the socket is known by this address. */
const rename = (socket: net.Socket, address: string): void => {
  Object.defineProperty(socket, "remoteAddress", { value: address, configurable: true })
  Object.defineProperty(socket, "remoteFamily", { value: address.includes(":") ? "IPv6" : "IPv4", configurable: true })
}

/** Closes the socket when it does not say in time what it has to, or not at all. */
const awaitHeader = (
  socket: net.Socket,
  version: Version,
  millis: number,
  done: (address: string | undefined) => void,
  failed: () => void
): void => {
  let bytes = Buffer.alloc(0)
  const end = (): void => {
    clearTimeout(timer)
    socket.off("data", take).off("error", ignore).off("close", end)
  }
  const fail = (): void => {
    failed()
    socket.destroy()
  }
  const timer = setTimeout(fail, millis)
  const take = (chunk: Buffer): void => {
    bytes = Buffer.concat([bytes, chunk])
    const reading = readHeader(bytes.subarray(0, longest), version)
    if (reading.state === "unfinished") return
    if (reading.state === "broken") return fail()
    end()
    socket.pause()
    if (bytes.length > reading.length) socket.unshift(bytes.subarray(reading.length))
    done(reading.address)
    // HTTP reads by events and is to be woken; TLS takes what is there by itself, and would lose it to a socket that flows.
    if (socket.listenerCount("data") > 0) socket.resume()
  }
  const ignore = (): void => {}
  socket.on("data", take).on("error", ignore).on("close", end)
}

/** TLS wraps the socket that was renamed; only there is its name known. */
const renameSecure = (secure: net.Socket): void => {
  const raw = hasProperty(secure, "_parent") ? secure._parent : undefined
  if (hasProperty(raw, "remoteAddress") && typeof raw.remoteAddress === "string") rename(secure, raw.remoteAddress)
}

export interface Door {
  readonly server: http.Server
  /** Trusted ranges may change meanwhile. */
  readonly config: Settings
  readonly traffic: Traffic
  readonly context: Context.Context<never>
  readonly tell: Tell
}

/** To be called when all listeners for connections are there.  */
export const expectHeaders = ({ config, context, server, tell, traffic }: Door): void => {
  const { proxies: { proxy_protocol: version }, tcp } = config
  if (version === "off") return
  const listeners = server.listeners("connection")
  let settings = config.proxies
  let trusted = new Ranges(settings.trusted)
  const trusts = (address: string): boolean => {
    if (config.proxies !== settings) {
      settings = config.proxies
      trusted = new Ranges(settings.trusted)
    }
    return trusted.has(address)
  }

  const refuse = (socket: net.Socket, address: string): void => {
    untrusted.updateUnsafe(1, context)
    tell(
      "proxy_untrusted",
      `a connection of ${address} was closed, because network.proxies.proxy_protocol is on and network.proxies.trusted ` +
        `does not name this address.`
    )
    socket.destroy()
  }

  server.removeAllListeners("connection")
  server.on("connection", (socket: net.Socket) => {
    const peer = plain(socket.remoteAddress ?? "")
    // Balancers that look whether a port is open are gone by now.
    if (peer === "") return void socket.destroy()
    if (!trusts(peer)) return refuse(socket, peer)
    traffic.nameless.add(socket)
    socket.once("close", () => traffic.nameless.delete(socket))
    const named = (address: string | undefined): void => {
      traffic.nameless.delete(socket)
      if (address !== undefined) rename(socket, address)
      for (const listener of listeners) Reflect.apply(listener, server, [socket])
    }
    awaitHeader(socket, version, Duration.toMillis(tcp.connection_timeout), named, () => {
      malformed.updateUnsafe(1, context)
      tell(
        "proxy_header",
        `a connection of ${peer} was closed, because it began with no PROXY protocol header ` +
          `(network.proxies.proxy_protocol: ${version}). Switch the header on in the proxy, or off here.`
      )
    })
  })
  server.prependListener("secureConnection", renameSecure)
}
