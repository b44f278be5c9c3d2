/** Who sends when decides what a latency means. */
import { describe, expect, it } from "vitest"
import type { Connection } from "../src/connection.ts"
import { closedLoop, openLoop } from "../src/pace.ts"

const connection = (): Connection & { readonly sent: ReadonlyArray<number> } => {
  const sent: Array<number> = []
  return { sent, send: (since) => void sent.push(since), end: () => {} }
}

describe("the closed loop", () => {
  it("sends as soon as a connection is free", () => {
    const one = connection()
    const pace = closedLoop(() => 7)
    pace.free(one)
    pace.free(one)
    expect(one.sent).toEqual([7, 7])
  })
})

describe("the open loop", () => {
  it("sends at its rate, whatever the answers do", () => {
    let now = 0
    const [one, two] = [connection(), connection()]
    const pace = openLoop(500, () => now)
    pace.free(one)
    pace.free(two)
    now = 3
    pace.advance()
    expect([...one.sent, ...two.sent]).toEqual([3, 3])
    expect(pace.waiting()).toBe(0)
  })
  it("counts the wait for a free connection, so that a stalled server pays for everybody who came meanwhile", () => {
    let now = 0
    const one = connection()
    const pace = openLoop(1000, () => now)
    pace.free(one)
    pace.advance()
    now = 3
    pace.advance()
    expect(pace.waiting()).toBe(3)
    pace.free(one)
    pace.free(one)
    expect(one.sent).toEqual([0, 1, 2])
    expect(pace.waiting()).toBe(1)
  })
})
