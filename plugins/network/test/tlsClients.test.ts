/** Clients that show certificates: who is let in, how long a chain may be, and who a client is then. */
import { assert, describe, it } from "@effect/vitest"
import { Network } from "@heptad/network"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as https from "node:https"
import { authority, forLocalhost, issue, type Issued } from "./certificates.ts"
import { server, until } from "./support.ts"
import { filesOf, folder, get, journal, measured } from "./tlsSupport.ts"

const root = authority("Clients Root")
const one = authority("Clients One", root)
const two = authority("Clients Two", one)
const mine = forLocalhost(root)
const ca = root.cert

const client = (issuer: Issued) =>
  issue({ commonName: "billing", names: ["billing.example", "spiffe://heptad/billing", "b@example.org"] }, issuer)

/** As a client shows itself: its own certificate and those of the issuers that it sends along. */
const showing = ({ cert, key }: Issued, ...chain: ReadonlyArray<Issued>) => ({
  ca,
  cert: [cert, ...chain.map((each) => each.cert)].join(""),
  key
})

const settingsOf = (files: Effect.Success<typeof folder>, more: Readonly<Record<string, unknown>>) => {
  files.pair("first", mine)
  files.put("ca.crt", root.cert)
  return {
    tls: { enabled: true, ...filesOf(files, "first"), verify_client: true, ca_file: files.path("ca.crt"), ...more }
  }
}

const serving = <A, E, R>(more: Readonly<Record<string, unknown>>, test: Effect.Effect<A, E, R>) =>
  Effect.flatMap(folder, (files) => test.pipe(Effect.provide(server({ settings: settingsOf(files, more) })))).pipe(
    Effect.scoped
  )

const failures = (reason: string) => measured("tls_handshakes_failed_total", { reason })

describe("verify_depth", () => {
  const chains = [
    [0, showing(client(root))],
    [1, showing(client(one), one)],
    [2, showing(client(two), two, one)],
    // What is sent in another order, and what is sent for nothing, makes no chain longer.
    [2, showing(client(two), one, root, two)],
    [0, showing(client(root), one, two)]
  ] as const

  for (const depth of [0, 1, 2]) {
    it.live(`${depth} lets chains with so many intermediate authorities in, and no longer ones`, () =>
      serving(
        { verify_depth: depth },
        Effect.gen(function*() {
          for (const [intermediates, options] of chains) {
            const before = yield* failures("verify_depth")
            const answer = yield* Effect.option(get("/hello", options))
            assert.strictEqual(answer._tag, intermediates <= depth ? "Some" : "None")
            const refused = intermediates <= depth ? 0 : 1
            yield* until(Effect.map(failures("verify_depth"), (after) => after - before === refused))
          }
        })
      ))
  }

  it.live("is not deceived by a made-up issuer of the same name", () => {
    const fake = authority(two.commonName)
    return serving(
      { verify_depth: 1 },
      Effect.gen(function*() {
        for (const chain of [[fake, two, one], [two, fake, one], [two, one, fake]]) {
          yield* Effect.flip(get("/hello", showing(client(two), ...chain)))
        }
      })
    )
  })

  it.live("a session cannot be resumed, so every connection shows its chain", () =>
    serving(
      { verify_depth: 2 },
      Effect.gen(function*() {
        for (const maxVersion of ["TLSv1.2", "TLSv1.3"] as const) {
          const agent = new https.Agent({ keepAlive: false, maxCachedSessions: 10, maxVersion })
          const reused: Array<boolean> = []
          const options = { ...showing(client(two), two, one), agent }
          for (let round = 0; round < 3; round++) {
            const { address } = yield* Network
            yield* Effect.callback<void>((resume) => {
              https.get(
                { host: address.host, port: address.port, path: "/hello", servername: "localhost", ...options },
                (response) => {
                  reused.push(
                    Reflect.apply(Reflect.get(response.socket, "isSessionReused"), response.socket, []) === true
                  )
                  response.resume().on("end", () => resume(Effect.void))
                }
              )
            })
          }
          assert.deepStrictEqual(reused, [false, false, false], maxVersion)
        }
      })
    ))

  it.live("many long chains are told once", () =>
    Effect.gen(function*() {
      const files = yield* folder
      const { layer, told } = journal()
      const options = showing(client(two), two, one)
      yield* Effect.forEach([1, 2, 3], () => Effect.flip(get("/hello", options))).pipe(
        Effect.provide(Layer.provideMerge(server({ settings: settingsOf(files, { verify_depth: 1 }) }), layer))
      )
      assert.deepStrictEqual(told, [
        "a client was refused, because more than 1 intermediate authorities stand between its certificate and " +
        "network.tls.ca_file. Have it signed closer to the root, or raise network.tls.verify_depth. Client: 127.0.0.1."
      ])
    }).pipe(Effect.scoped))
})

describe("verify_client", () => {
  it.live("refuses clients without a certificate and with one of somebody else, counted and told once", () =>
    Effect.gen(function*() {
      const files = yield* folder
      const { layer, told } = journal()
      const before = yield* failures("client_certificate")
      yield* Effect.gen(function*() {
        yield* Effect.flip(get("/hello", { ca }))
        yield* Effect.flip(get("/hello", showing(client(authority("Somebody")))))
        assert.strictEqual(yield* get("/hello", showing(client(root))), 200)
        yield* until(Effect.map(failures("client_certificate"), (after) => after - before === 2))
      }).pipe(Effect.provide(Layer.provideMerge(server({ settings: settingsOf(files, {}) }), layer)))
      assert.lengthOf(told, 1)
      assert.match(
        told.join(),
        /^a client was refused, because it shows no certificate of an authority in network\.tls\.ca_file \(none at all\)\./
      )
    }).pipe(Effect.scoped))
})
