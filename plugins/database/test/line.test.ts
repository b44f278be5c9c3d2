import { assert, it } from "@effect/vitest"
import * as Schema from "effect/Schema"
import { Lease } from "../src/internal/pool/lease.ts"
import { Line, type Waiter } from "../src/internal/pool/line.ts"

const waiter = (level: number, askedAt: number): Waiter => ({
  lease: new Lease(true),
  level,
  askedAt,
  resume: () => undefined
})

/** The order in which these are served when nobody else comes. */
const served = (step: number, waiters: ReadonlyArray<Waiter>): ReadonlyArray<Waiter> => {
  const line = new Line(step)
  for (const each of waiters) line.add(each)
  const order: Array<Waiter> = []
  for (let next = line.next(); next !== undefined; next = line.next()) {
    line.remove(next)
    order.push(next)
  }
  assert.strictEqual(line.size, 0)
  return order
}

it("serves the more important one first, and within a priority who asked first", () => {
  const [low, normal, high, later] = [waiter(2, 0), waiter(1, 1), waiter(0, 2), waiter(0, 3)]
  assert.deepStrictEqual(served(1000, [low, normal, high, later]), [high, later, normal, low])
})

it("lets who has waited long enough go before the more important", () => {
  const [low, normal, high] = [waiter(2, 0), waiter(1, 1500), waiter(0, 2001)]
  assert.deepStrictEqual(served(1000, [low, normal, high]), [low, high, normal])
})

it("forgets who went away, and counts who is there", () => {
  const line = new Line(1000)
  const [first, second] = [waiter(1, 0), waiter(1, 1)]
  line.add(first)
  line.add(second)
  line.remove(first)
  line.remove(first)
  assert.deepStrictEqual([line.next(), line.size, line.waitingAt(1)], [second, 1, 1])
})

const Asked = Schema.Array(Schema.Struct({
  level: Schema.Literals([0, 1, 2]),
  after: Schema.Int.check(Schema.isBetween({ minimum: 0, maximum: 3000 }))
}))

it.prop(
  "loses nobody, keeps the order of asking in a priority, and never lets anybody wait for who came two steps later",
  [
    Asked
  ],
  ([asked]) => {
    let now = 0
    const waiters = asked.map(({ after, level }) => waiter(level, now += after))
    const order = served(1000, waiters)
    assert.strictEqual(new Set(order).size, waiters.length)
    order.forEach((one, index) => {
      for (const later of order.slice(index + 1)) {
        if (one.level === later.level) assert.isAtMost(one.askedAt, later.askedAt)
        assert.isAtMost(one.askedAt - later.askedAt, 2000)
      }
    })
  }
)
