import { assert, describe, it } from "@effect/vitest"
import { Codecs, Container, Value } from "@heptad/container"
import * as Effect from "effect/Effect"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import fc from "fast-check"
import { pack, Packr } from "msgpackr"
import { gzipSync, zstdCompressSync } from "node:zlib"
import { expect } from "vitest"
import { container } from "./arbitraries.ts"
import { codecs } from "./layers.ts"

const text = (input: string) => new TextEncoder().encode(input)
const bytes = (...input: ReadonlyArray<number>) => Uint8Array.from(input)
const many = (length: number, byte: number) => new Uint8Array(length).fill(byte)

/** `[1, "", "", "", "", {"n": <value>}]` */
const withValue = (...value: ReadonlyArray<number | Uint8Array>) =>
  Uint8Array.from(
    [0x96, 1, 0xa0, 0xa0, 0xa0, 0xa0, 0x81, 0xa1, 0x6e, ...value].flatMap((part) =>
      typeof part === "number" ? [part] : [...part]
    )
  )

const head = `{"header":{"source":"","target":"","type":"","version":""},"values":`

const refusals: ReadonlyArray<readonly [name: string, format: "messagepack" | "json", input: Uint8Array, tag: string]> =
  [
    ["nothing at all", "messagepack", bytes(), "MalformedContainer"],
    ["another value than a container", "messagepack", bytes(0x05), "MalformedContainer"],
    [
      "a container of another layout",
      "messagepack",
      bytes(0x96, 2, 0xa0, 0xa0, 0xa0, 0xa0, 0x80),
      "MalformedContainer"
    ],
    ["an array that claims 2^32 - 1 items", "messagepack", withValue(0xdd, 255, 255, 255, 255), "MalformedContainer"],
    ["a map that claims 2^32 - 1 items", "messagepack", withValue(0xdf, 255, 255, 255, 255), "MalformedContainer"],
    ["a string that claims 4 GB", "messagepack", withValue(0xdb, 255, 255, 255, 255), "MalformedContainer"],
    ["bytes that claim 4 GB", "messagepack", withValue(0xc6, 255, 255, 255, 255), "MalformedContainer"],
    ["an extension that claims 4 GB", "messagepack", withValue(0xc9, 255, 255, 255, 255, 0x21), "MalformedContainer"],
    ["the byte that means nothing", "messagepack", withValue(0xc1), "MalformedContainer"],
    ["bytes after the end", "messagepack", withValue(0x01, 0x02), "MalformedContainer"],
    ["a string that is not UTF-8", "messagepack", withValue(0xa2, 0xc0, 0xaf), "MalformedContainer"],
    ["a name that is not a string", "messagepack", withValue(0x81, 0x01, 0x01), "MalformedContainer"],
    ["the name __proto__", "messagepack", withValue(0x81, 0xa9, text("__proto__"), 0x01), "MalformedContainer"],
    ["msgpackr records", "messagepack", withValue(0xd4, 0x72, 0x40, 0x91, 0xa1, 0x61, 0x01), "MalformedContainer"],
    ["msgpackr references", "messagepack", withValue(0xd6, 0x70, 0, 0, 0, 1), "MalformedContainer"],
    ["msgpackr errors", "messagepack", withValue(0xd4, 0x65, 0x01, 0x90), "MalformedContainer"],
    ["an extension of a wrong length", "messagepack", withValue(0xd4, 0x21, 0x00), "MalformedContainer"],
    [
      "a 96-bit timestamp out of range",
      "messagepack",
      withValue(0xc7, 12, 0xff, many(12, 0x7f)),
      "MalformedContainer"
    ],
    ["100,000 arrays inside each other", "messagepack", withValue(many(100_000, 0x91)), "LimitExceeded"],
    ["100,000 maps inside each other", "messagepack", withValue(many(100_000, 0x81)), "MalformedContainer"],
    ["more values than allowed", "messagepack", withValue(0xdd, 0, 2, 0, 0, many(0x20000, 0x01)), "LimitExceeded"],
    ["more bytes than allowed", "messagepack", many(11 * 1024 * 1024, 0x01), "LimitExceeded"],
    ["nothing at all", "json", bytes(), "MalformedContainer"],
    ["half a text", "json", text(`{"header":{"source":"a`), "MalformedContainer"],
    ["a string without end", "json", text(`"\\`), "MalformedContainer"],
    ["bytes that are not UTF-8", "json", bytes(0x22, 0xff, 0x22), "MalformedContainer"],
    ["another value than a container", "json", text("5"), "MalformedContainer"],
    ["a container without values", "json", text(`{"header":{}}`), "MalformedContainer"],
    ["a header with a number", "json", text(`{"header":{"source":1},"values":{}}`), "MalformedContainer"],
    ["a bare number", "json", text(`${head}{"n":5}}`), "MalformedContainer"],
    ["a value of two types", "json", text(`${head}{"n":{"int":5,"float":5}}}`), "MalformedContainer"],
    ["an unknown type", "json", text(`${head}{"n":{"toString":5}}}`), "MalformedContainer"],
    ["an int with a fraction", "json", text(`${head}{"n":{"int":5.5}}}`), "MalformedContainer"],
    ["a long of 65 bits", "json", text(`${head}{"n":{"long":"18446744073709551616"}}}`), "MalformedContainer"],
    ["bytes that are not base64", "json", text(`${head}{"n":{"bytes":"%%%%"}}}`), "MalformedContainer"],
    ["a timestamp that is none", "json", text(`${head}{"n":{"timestamp":"soon"}}}`), "MalformedContainer"],
    ["a UUID that is none", "json", text(`${head}{"n":{"uuid":"x"}}}`), "MalformedContainer"],
    ["the name __proto__", "json", text(`${head}{"__proto__":{"int":1}}}`), "MalformedContainer"],
    ["the name __proto__ in disguise", "json", text(`${head}{"\\u005f_proto__":{"int":1}}}`), "MalformedContainer"],
    ["100,000 arrays inside each other", "json", many(100_000, 0x5b), "LimitExceeded"],
    ["100,000 objects inside each other", "json", text(`{"a":`.repeat(100_000)), "LimitExceeded"],
    ["more values than allowed", "json", text(`${head}{"n":[${"1,".repeat(400_000)}1]}}`), "LimitExceeded"],
    ["more bytes than allowed", "json", many(11 * 1024 * 1024, 0x20), "LimitExceeded"],
    ["an unknown compression", "json", bytes(0xc1, 9, 1), "MalformedContainer"],
    ["damaged gzip", "json", bytes(0xc1, 1, 1, 2, 3), "MalformedContainer"],
    ["damaged zstd", "json", bytes(0xc1, 2, 1, 2, 3), "MalformedContainer"],
    ["a gzip bomb", "json", Buffer.concat([bytes(0xc1, 1), gzipSync(many(64 << 20, 0x20))]), "LimitExceeded"],
    ["a zstd bomb", "json", Buffer.concat([bytes(0xc1, 2), zstdCompressSync(many(64 << 20, 0x20))]), "LimitExceeded"]
  ]

/** The tag of the typed failure; a defect fails the test. */
const tagOf = (exit: Exit.Exit<unknown, { readonly _tag: string }>) =>
  Exit.match(exit, {
    onSuccess: () => "accepted",
    onFailure: (cause) => cause.reasons.map((reason) => reason._tag === "Fail" ? reason.error._tag : reason._tag).join()
  })

describe("hostile input", () => {
  for (const [name, format, input, tag] of refusals) {
    it.effect(`${name} is refused in ${format}`, () =>
      Effect.gen(function*() {
        const service = yield* Codecs
        const before = performance.now()
        expect(tagOf(yield* Effect.exit(service.decode(input, format)))).toBe(tag)
        expect(performance.now() - before).toBeLessThan(2_000)
        expect(Object.hasOwn(Object.prototype, "int")).toBe(false)
      }).pipe(Effect.provide(codecs())))
  }

  for (const format of ["messagepack", "json"] as const) {
    it.effect(`every beginning of a valid payload is refused in ${format}`, () =>
      Effect.gen(function*() {
        const service = yield* Codecs
        const whole = yield* service.encode(
          Container.make({ source: "s" }, {
            list: Value.array([Value.int(1), Value.long(2n), Value.float(3), Value.bytes(bytes(1, 2))]),
            map: Value.map({ a: Value.string("x"), id: Value.uuid(Value.Uuid.make(crypto.randomUUID())) })
          }),
          format
        )
        for (let length = 0; length < whole.length; length++) {
          expect(tagOf(yield* Effect.exit(service.decode(whole.subarray(0, length), format)))).toBe(
            "MalformedContainer"
          )
        }
      }).pipe(Effect.provide(codecs())))

    it.effect(`damaged payloads are decoded or refused, never a defect, in ${format}`, () =>
      Effect.gen(function*() {
        const service = yield* Codecs
        const damage = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 4 })
        for (const [sample, changes] of fc.sample(fc.tuple(container, damage), { numRuns: 1500, seed: 7 })) {
          const payload = yield* service.encode(sample, format)
          for (const [at, byte] of changes) payload[at % payload.length] = byte
          const tag = tagOf(yield* Effect.exit(service.decode(payload, format)))
          expect(["accepted", "MalformedContainer", "LimitExceeded"]).toContain(tag)
        }
      }).pipe(Effect.provide(codecs())))

    it.effect(`random bytes are refused, never a defect, in ${format}`, () =>
      Effect.gen(function*() {
        const service = yield* Codecs
        for (const input of fc.sample(fc.uint8Array({ maxLength: 200 }), { numRuns: 3000, seed: 11 })) {
          expect(["MalformedContainer", "LimitExceeded"])
            .toContain(tagOf(yield* Effect.exit(service.decode(input, format))))
          const tag = tagOf(yield* Effect.exit(service.decodeValue(Schema.Unknown, input, format)))
          expect(["accepted", "MalformedContainer", "LimitExceeded"]).toContain(tag)
        }
      }).pipe(Effect.provide(codecs())))
  }

  it.effect("payloads with a schema are guarded in the same way", () =>
    Effect.gen(function*() {
      const service = yield* Codecs
      const refused = (input: Uint8Array, format: "messagepack" | "json") =>
        Effect.map(Effect.exit(service.decodeValue(Schema.Unknown, input, format)), tagOf)
      expect(yield* refused(text(`{"a":{"\\u005f_proto__":1}}`), "json")).toBe("MalformedContainer")
      expect(yield* refused(many(100_000, 0x5b), "json")).toBe("LimitExceeded")
      expect(yield* refused(many(100_000, 0x91), "messagepack")).toBe("LimitExceeded")
      expect(yield* refused(pack(new Error("x")), "messagepack")).toBe("MalformedContainer")
      expect(yield* refused(new Packr({ moreTypes: true }).pack(new Set([1])), "messagepack")).toBe(
        "MalformedContainer"
      )
      const wrong = yield* Effect.flip(service.decodeValue(Schema.Struct({ n: Schema.Int }), text(`{"n":"x"}`), "json"))
      assert(wrong._tag === "InvalidPayload")
      expect(wrong.message).toContain(`["n"]`)
    }).pipe(Effect.provide(codecs())))
})

describe("what no codec can carry", () => {
  const deep = (levels: number): Value.Value => {
    let value: Value.Value = Value.nothing
    for (let level = 0; level < levels; level++) value = Value.array([value])
    return value
  }
  it.effect("names and header are looked at too", () =>
    Effect.gen(function*() {
      const service = yield* Codecs
      for (const format of ["messagepack", "json"] as const) {
        for (const sample of [Container.make({}, [["__proto__", Value.int(1)]]), Container.make({ type: "\ud83d" })]) {
          expect((yield* Effect.flip(service.encode(sample, format)))._tag).toBe("InvalidValue")
        }
      }
    }).pipe(Effect.provide(codecs())))

  const bad: ReadonlyArray<readonly [string, Value.Value, string]> = [
    ["an int with a fraction", Value.int(0.5), "InvalidValue"],
    ["an int beyond 53 bits", Value.int(2 ** 53), "InvalidValue"],
    ["a long beyond 64 bits", Value.long(2n ** 64n), "InvalidValue"],
    ["half of a surrogate pair", Value.string("\ud83d"), "InvalidValue"],
    ["the name __proto__", Value.map([["__proto__", Value.int(1)]]), "InvalidValue"],
    ["eleven levels", deep(11), "LimitExceeded"],
    ["100,000 levels", deep(100_000), "LimitExceeded"],
    ["too many values", Value.array(new Array<Value.Value>(100_001).fill(Value.nothing)), "LimitExceeded"],
    ["too many bytes", Value.bytes(new Uint8Array(11 << 20)), "LimitExceeded"]
  ]
  for (const [name, value, tag] of bad) {
    it.effect(`${name} is refused with its path by both codecs`, () =>
      Effect.gen(function*() {
        const service = yield* Codecs
        for (const format of ["messagepack", "json"] as const) {
          const sample = Container.make({}, { outer: Value.map({ inner: value }) })
          const error = yield* Effect.flip(service.encode(sample, format))
          expect(error._tag).toBe(tag)
          if (error._tag === "InvalidValue") expect(error.path).toBe("outer.inner")
        }
      }).pipe(Effect.provide(codecs({ validation: { max_nesting_depth: 11 } }))))
  }
})
