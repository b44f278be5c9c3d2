import { assert, describe, it } from "@effect/vitest"
import * as Exit from "effect/Exit"
import * as Schema from "effect/Schema"
import type * as SchemaAST from "effect/SchemaAST"
import * as fc from "fast-check"
import { type Exact, exactly, inexact } from "../src/internal/compiled/exactness.ts"

const Line = Schema.Struct({
  sku: Schema.NonEmptyString,
  quantity: Schema.Int.check(Schema.isBetween({ minimum: 1, maximum: 9 }))
})

const Order = Schema.Struct({
  customer: Schema.String.check(Schema.isMaxLength(3), Schema.isPattern(/^[a-z]*$/)),
  // What has no JSON is a case of its own.
  // @effect-diagnostics-next-line schemaNumber:off
  total: Schema.Number,
  express: Schema.optionalKey(Schema.Boolean),
  currency: Schema.Literals(["EUR", "USD", 7]),
  nothing: Schema.Null,
  lines: Schema.Array(Line).check(Schema.isMaxLength(2))
})

const codec = Schema.toCodecJson(Order)

const fits = {
  customer: "abc",
  total: 1,
  express: true,
  currency: "EUR",
  nothing: null,
  lines: [{ sku: "a", quantity: 1 }]
}

const leaf = fc.oneof(
  fc.constantFrom<unknown>(
    "abc",
    "abcd",
    "",
    "EUR",
    7,
    1,
    0,
    1.5,
    Number.NaN,
    Number.POSITIVE_INFINITY,
    "NaN",
    true,
    null,
    undefined,
    [],
    {}
  ),
  fc.string({ maxLength: 4 }),
  fc.double()
)

const line = fc.oneof(leaf, fc.record({ sku: leaf, quantity: leaf, surplus: leaf }, { requiredKeys: [] }))

/** Near misses: most members are right, each may be anything. */
const nearly = fc.record({
  customer: fc.oneof({ weight: 4, arbitrary: fc.constant("abc") }, { weight: 1, arbitrary: leaf }),
  total: fc.oneof({ weight: 4, arbitrary: fc.constant(1) }, { weight: 1, arbitrary: leaf }),
  express: fc.oneof({ weight: 4, arbitrary: fc.constant(true) }, { weight: 1, arbitrary: leaf }),
  currency: fc.oneof({ weight: 4, arbitrary: fc.constant("EUR") }, { weight: 1, arbitrary: leaf }),
  nothing: fc.oneof({ weight: 4, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: leaf }),
  lines: fc.oneof({ weight: 4, arbitrary: fc.array(line, { maxLength: 3 }) }, { weight: 1, arbitrary: leaf }),
  surplus: leaf
}, { requiredKeys: ["customer", "total"] })

const inputs = fc.oneof({ weight: 8, arbitrary: nearly }, { weight: 1, arbitrary: leaf }, {
  weight: 1,
  arbitrary: fc.anything()
})

const compiled = (ast: SchemaAST.AST, options?: SchemaAST.ParseOptions): Exact => {
  const exact = exactly(ast, options)
  if (exact === undefined) throw new Error("not compiled")
  return exact
}

const optionsOf: ReadonlyArray<SchemaAST.ParseOptions> = [{}, { onExcessProperty: "error" }, { errors: "all" }]

describe("exactness", () => {
  it.each(optionsOf)(
    "what is copied is what Schema decodes, and what Schema refuses is never copied: %j",
    (options) => {
      const exact = compiled(codec.ast, options)
      const decode = Schema.decodeUnknownExit(codec, options)
      fc.assert(
        fc.property(inputs, (input) => {
          const copy = exact(input)
          if (copy === inexact) return
          const decoded = decode(input)
          assert.isTrue(Exit.isSuccess(decoded), "Schema refuses it")
          if (Exit.isSuccess(decoded)) assert.deepStrictEqual(copy, decoded.value)
        }),
        { numRuns: 3000 }
      )
    }
  )

  it.each(optionsOf)("what is copied is what Schema encodes: %j", (options) => {
    const exact = compiled(codec.ast, options)
    const encode = Schema.encodeUnknownExit(codec, options)
    fc.assert(
      fc.property(inputs, (input) => {
        const copy = exact(input)
        if (copy === inexact) return
        const encoded = encode(input)
        assert.isTrue(Exit.isSuccess(encoded), "Schema refuses it")
        if (Exit.isSuccess(encoded)) assert.strictEqual(JSON.stringify(copy), JSON.stringify(encoded.value))
      }),
      { numRuns: 3000 }
    )
  })

  it("what fits is copied, without what nobody declared", () => {
    assert.deepStrictEqual(compiled(codec.ast)({ ...fits, surplus: 1 }), fits)
    assert.strictEqual(compiled(codec.ast, { onExcessProperty: "error" })({ ...fits, surplus: 1 }), inexact)
    assert.deepStrictEqual(compiled(codec.ast, { onExcessProperty: "error" })(fits), fits)
  })

  it("a prototype cannot be smuggled in, nor out", () => {
    const copy = compiled(codec.ast)(JSON.parse(`{"__proto__":{"polluted":true},${JSON.stringify(fits).slice(1)}`))
    assert.deepStrictEqual(copy, fits)
    assert.notProperty(copy, "polluted")
    assert.isUndefined(exactly(Schema.Struct({ ["__proto__"]: Schema.String, constructor: Schema.String }).ast))
  })

  it.each([
    ["a transformation", Schema.toCodecJson(Schema.Struct({ at: Schema.DateTimeUtcFromString }))],
    ["a class", Schema.toCodecJson(Schema.Struct({ big: Schema.BigInt }))],
    ["a record", Schema.Record(Schema.String, Schema.String)],
    ["members that overlap", Schema.Union([Schema.Struct({ a: Schema.String }), Schema.Struct({ b: Schema.String })])],
    ["a recursive one", Schema.suspend((): Schema.Codec<string> => Schema.String)],
    ["a tuple", Schema.Tuple([Schema.String, Schema.Finite])]
  ])("%s is left to Schema", (_name, schema) => {
    assert.isUndefined(exactly(schema.ast))
  })

  it("without its checks a Schema is left to itself", () => {
    assert.isUndefined(exactly(codec.ast, { disableChecks: true }))
  })
})
