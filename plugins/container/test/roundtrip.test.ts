import { assert, describe, it } from "@effect/vitest"
import { Codecs, Container, Value } from "@heptad/container"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { expect } from "vitest"
import { container, plainContainer } from "./arbitraries.ts"
import { codecs } from "./layers.ts"

const formats = ["messagepack", "json"] as const

const roundTrip = (settings: Readonly<Record<string, unknown>>, format: typeof formats[number], numRuns: number) =>
  Effect.gen(function*() {
    const service = yield* Codecs
    const samples = fc.sample(container, { numRuns, seed: 20261123 })
    for (const sample of samples) {
      const bytes = yield* service.encode(sample, format)
      assert.strictEqual(bytes.buffer.byteLength, bytes.length)
      expect(plainContainer(yield* service.decode(bytes, format))).toStrictEqual(plainContainer(sample))
    }
  }).pipe(Effect.provide(codecs(settings)))

describe("round trip", () => {
  for (const format of formats) {
    it.effect(`gives every random container back as it was, in ${format}`, () => roundTrip({}, format, 1500))
    for (const algorithm of ["gzip", "zstd", "lz4"]) {
      it.effect(`gives it back through ${algorithm} and ${format} too`, () =>
        roundTrip({ compression: { algorithm, min_size: "1B" } }, format, 200))
    }
  }

  const Order = Schema.Struct({
    id: Schema.String,
    at: Schema.Date,
    total: Schema.BigInt,
    note: Schema.optionalKey(Schema.String),
    picture: Schema.Uint8Array,
    tags: Schema.ReadonlySet(Schema.String)
  })

  for (const format of formats) {
    it.effect(`gives a value back by its schema, in ${format}`, () =>
      Effect.gen(function*() {
        const service = yield* Codecs
        const order = {
          id: "o-1",
          at: new Date(1_700_000_000_123),
          total: 2n ** 70n,
          picture: Uint8Array.of(0, 255, 7),
          tags: new Set(["a", "b"])
        }
        const bytes = yield* service.encodeValue(Order, order, format)
        expect(yield* service.decodeValue(Order, bytes, format)).toEqual(order)
      }).pipe(Effect.provide(codecs())))
  }

  it.effect("writes JSON that a person can read", () =>
    Effect.gen(function*() {
      const service = yield* Codecs
      const bytes = yield* service.encode(
        Container.make({ source: "a", target: "b", type: "t" }, {
          n: Value.int(5),
          f: Value.float(1),
          s: Value.string("x"),
          m: Value.map({ deep: Value.array([Value.nothing, Value.long(2n)]) })
        }),
        "json"
      )
      expect(JSON.parse(new TextDecoder().decode(bytes))).toEqual({
        header: { source: "a", target: "b", type: "t", version: "1.0" },
        values: { n: { int: 5 }, f: { float: 1 }, s: "x", m: { map: { deep: [null, { long: "2" }] } } }
      })
    }).pipe(Effect.provide(codecs())))
})
