/** Random containers for property tests, and a form of them that can be compared. */
import { Container, Value } from "@heptad/container"
import * as DateTime from "effect/DateTime"
import fc from "fast-check"

const name = fc.string({ unit: "grapheme", maxLength: 12 }).filter((text) => text !== "__proto__")

const scalar: fc.Arbitrary<Value.Value> = fc.oneof(
  fc.constant(Value.nothing),
  fc.boolean().map(Value.bool),
  fc.maxSafeInteger().map((value) => Value.int(value + 0)),
  fc.constantFrom(0, -1, 2 ** 31, -(2 ** 31), 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1, -(2 ** 53) + 1).map(Value.int),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n }).map(Value.long),
  fc.constantFrom(0n, 1n, -1n, 2n ** 63n, 2n ** 64n - 1n, -(2n ** 63n)).map(Value.long),
  fc.double().map(Value.float),
  fc.constantFrom(-0, 0, 1, NaN, Infinity, -Infinity, Number.MAX_VALUE, Number.MIN_VALUE).map(Value.float),
  fc.string({ unit: "grapheme" }).map(Value.string),
  fc.uint8Array({ maxLength: 64 }).map(Value.bytes),
  fc.date({ noInvalidDate: true }).map((date) => Value.timestamp(DateTime.makeUnsafe(date.getTime()))),
  fc.uuid().map((text) => Value.uuid(Value.Uuid.make(text)))
)

const value: fc.Arbitrary<Value.Value> = fc.letrec<{ readonly any: Value.Value }>((tie) => ({
  any: fc.oneof(
    { maxDepth: 5 },
    scalar,
    fc.array(tie("any"), { maxLength: 6 }).map(Value.array),
    fc.array(fc.tuple(name, tie("any")), { maxLength: 6 }).map(Value.map)
  )
})).any

const header = fc.record({
  source: fc.string({ unit: "grapheme" }),
  target: fc.string({ unit: "grapheme" }),
  type: fc.string({ unit: "grapheme" }),
  version: fc.string({ unit: "grapheme" })
})

export const container: fc.Arbitrary<Container.Container> = fc
  .tuple(header, fc.array(fc.tuple(name, value), { maxLength: 8 }))
  .map(([head, values]) => Container.make(head, values))

/** Plain data that `toStrictEqual` compares with -0 and NaN told apart. */
const plain = (item: Value.Value): unknown => {
  switch (item.type) {
    case "array":
      return ["array", item.value.map(plain)]
    case "map":
      return ["map", plainEntries(item.value)]
    case "timestamp":
      return ["timestamp", DateTime.toEpochMillis(item.value)]
    case "bytes":
      return ["bytes", [...item.value]]
    default:
      return [item.type, item.value]
  }
}

const plainEntries = (values: ReadonlyMap<string, Value.Value>): unknown =>
  [...values].map(([key, item]) => [key, plain(item)]).toSorted(([a], [b]) => String(a) < String(b) ? -1 : 1)

export const plainContainer = ({ header: head, values }: Container.Container): unknown => [head, plainEntries(values)]
