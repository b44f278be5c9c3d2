import { NetworkPlugin } from "@heptad/network/plugin"
import * as Exit from "effect/Exit"
import { expect, it } from "vitest"

const told = (section: unknown) =>
  Exit.map(NetworkPlugin.prepare(section, "error"), ({ advice }) => advice.map(({ message }) => message))

it("tells that a shared port leaves no balancing to the app", () => {
  const load_balancing = { strategy: "ip_hash" }
  expect(told({ load_balancing, tcp: { so_reuseport: true } })).toEqual(Exit.succeed([
    "network.load_balancing.strategy is ip_hash, but network.tcp.so_reuseport wins: " +
    "the operating system chooses the process that gets a connection. Keep one of them."
  ]))
  expect(told({ load_balancing })).toEqual(Exit.succeed([]))
  expect(told({ tcp: { so_reuseport: true } })).toEqual(Exit.succeed([]))
})

it("tells the guide's name of a cipher suite that lacks its hash, while TLS is on", () => {
  const names = ["TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384", "TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305"]
  expect(told({ tls: { enabled: true, ciphers: names } })).toEqual(Exit.succeed([
    "network.tls.ciphers.1 is TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305, which is no name of a cipher suite: " +
    "it is read as TLS_ECDHE_RSA_WITH_CHACHA20_POLY1305_SHA256."
  ]))
  expect(told({ tls: { ciphers: names } })).toEqual(Exit.succeed([]))
  expect(told({ tls: { enabled: true, ciphers: ["TLS_CHACHA20_POLY1305_SHA256"] } })).toEqual(Exit.succeed([]))
})
