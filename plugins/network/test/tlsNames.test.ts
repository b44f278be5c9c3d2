/** Certificates by name (SNI) and OCSP responses; and the parsers behind them, fed with anything. */
import { assert, describe, it } from "@effect/vitest"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import fc from "fast-check"
import { elements } from "../src/internal/der.ts"
import * as Ocsp from "../src/internal/ocsp.ts"
import { alternativeNames, picker } from "../src/internal/tlsNames.ts"
import { authority, daysFromNow, forLocalhost, issue, ocspResponse } from "./certificates.ts"
import { server, until } from "./support.ts"
import { connected, filesOf, folder, journal, serialOf, shown } from "./tlsSupport.ts"

const root = authority("Heptad Test Root")
const first = forLocalhost(root)
const wild = issue({ commonName: "shop", names: ["*.shop.example", "shop.example"] }, root)
const exact = issue({ commonName: "pay", names: ["pay.shop.example"] }, root)
const named = issue({ commonName: "old.example" }, root)

describe("server_names", () => {
  it.live("each client is shown the certificate of the name that it asks for, and each one is replaced", () =>
    Effect.gen(function*() {
      const files = yield* folder
      for (const [name, issued] of Object.entries({ first, wild, exact, named })) files.pair(name, issued)
      const settings = {
        tls: {
          enabled: true,
          ...filesOf(files, "first"),
          server_names: [
            filesOf(files, "wild"),
            filesOf(files, "exact"),
            { ...filesOf(files, "named"), names: ["legacy.example"] }
          ]
        }
      }
      yield* Effect.gen(function*() {
        const asked = (servername: string) => shown({ servername })
        assert.strictEqual(yield* asked("localhost"), serialOf(first))
        assert.strictEqual(yield* asked("shop.example"), serialOf(wild))
        assert.strictEqual(yield* asked("WWW.Shop.Example"), serialOf(wild))
        assert.strictEqual(yield* asked("pay.shop.example"), serialOf(exact))
        assert.strictEqual(yield* asked("legacy.example"), serialOf(named))
        for (const unknown of ["a.b.shop.example", "old.example", "nobody.example", ""]) {
          assert.strictEqual(yield* asked(unknown), serialOf(first), unknown)
        }
        const next = issue({ commonName: "pay", names: ["pay.shop.example"] }, root)
        files.pair("exact", next)
        yield* until(Effect.map(Effect.orDie(asked("pay.shop.example")), (serial) => serial === serialOf(next)))
        assert.strictEqual(yield* asked("www.shop.example"), serialOf(wild))
        assert.strictEqual(yield* asked("localhost"), serialOf(first))
      }).pipe(Effect.provide(server({ settings })))
    }).pipe(Effect.scoped))

  it("an exact name goes before a wildcard, an earlier one before a later, and a wildcard is one label", () => {
    const pick = picker([[["*.a.example"], 1], [["B.a.example.", "c.example"], 2], [["c.example", "*.example"], 3]])
    assert.deepStrictEqual(
      [
        "x.a.example",
        "b.a.example",
        "c.example",
        "C.EXAMPLE.",
        "d.example",
        "a.b.a.example",
        "example",
        "",
        "*.a.example"
      ]
        .map(pick),
      [1, 2, 2, 2, 3, undefined, undefined, undefined, 1]
    )
  })
})

describe("ocsp_file", () => {
  /** The response that a client is given beside the certificate. */
  const response = Effect.scoped(Effect.gen(function*() {
    let seen: Uint8Array | null | undefined
    const tell = (bytes: Uint8Array | null) => {
      seen = bytes
    }
    yield* connected({ rejectUnauthorized: false, requestOCSP: true }, (socket) => socket.on("OCSPResponse", tell))
    return seen === null ? null : seen === undefined ? undefined : Buffer.from(seen)
  }))

  const cases = [
    ["a response for the certificate is stapled", (bytes: Uint8Array) => bytes, undefined],
    [
      "one that is outdated is left out",
      () => ocspResponse(first, root, { nextUpdate: daysFromNow(-1) }),
      /was good until/
    ],
    ["one for another certificate is left out", () => ocspResponse(wild, root), /is about another certificate/],
    ["one that says revoked is left out", () => ocspResponse(first, root, { status: "revoked" }), /is revoked/],
    ["garbage is left out", () => Buffer.from("garbage"), /is no OCSP response in DER/]
  ] as const

  for (const [what, bytesOf, problem] of cases) {
    it.live(what, () =>
      Effect.gen(function*() {
        const files = yield* folder
        const { layer, told } = journal()
        const bytes = bytesOf(ocspResponse(first, root))
        files.pair("first", first)
        files.put("first.ocsp", bytes)
        const settings = { tls: { enabled: true, ...filesOf(files, "first"), ocsp_file: files.path("first.ocsp") } }
        const seen = yield* response.pipe(Effect.provide(Layer.provideMerge(server({ settings }), layer)))
        assert.deepStrictEqual(seen, problem === undefined ? Buffer.from(bytes) : null)
        if (problem !== undefined) assert.match(told.join(), problem)
      }).pipe(Effect.scoped))
  }
})

describe("parsers of what others wrote", () => {
  const response = ocspResponse(first, root)

  it("random bytes are no OCSP response, and never more than a refusal", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => {
      elements(bytes)
      assert.isUndefined(Ocsp.read(bytes))
    }))
  })

  it("a response of which bytes were changed or cut off is read or refused, and throws nothing", () => {
    fc.assert(fc.property(
      fc.nat(response.length - 1),
      fc.nat(255),
      fc.nat(response.length),
      (at, byte, end) => {
        const bytes = Uint8Array.from(response)
        bytes[at] = byte
        Ocsp.read(bytes.subarray(0, end))
      }
    ))
    assert.isUndefined(Ocsp.read(response.subarray(0, -1)))
    assert.deepInclude(Ocsp.read(response), { status: "good", serialNumber: serialOf(first) })
  })

  it("any text is read as alternative names within its own length", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 100 }), (text) => {
      const length = alternativeNames(text).reduce((sum, { kind, value }) => sum + kind.length + value.length, 0)
      assert.isAtMost(length, text.length)
    }))
    assert.deepStrictEqual(
      alternativeNames(`DNS:a.example, DNS:"b, DNS:c.example", URI:spiffe://x/y, IP Address:::1`),
      [
        { kind: "DNS", value: "a.example" },
        { kind: "DNS", value: "b, DNS:c.example" },
        { kind: "URI", value: "spiffe://x/y" },
        { kind: "IP Address", value: "::1" }
      ]
    )
  })
})
