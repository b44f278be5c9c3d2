import { assert, describe, it } from "@effect/vitest"
import * as Deferred from "effect/Deferred"
import * as Effect from "effect/Effect"
import { createHash } from "node:crypto"
import * as ControlPlan from "../src/internal/controlPlan.ts"
import type { Answer, Command, ControlPlan as Plan } from "../src/internal/ops.ts"
import * as Guard from "../src/internal/opsThreadGuard.ts"
import * as Places from "../src/internal/opsThreadPlaces.ts"

const hashOf = (token: string) => new Uint8Array(createHash("sha256").update(token).digest())
const hashes = { operator: hashOf("operators-token"), read: hashOf("readers-token") }

const from = (remoteAddress: string | undefined, headers: Record<string, string> = {}, localAddress = "10.0.0.7") => ({
  headers: { host: "127.0.0.1:9090", authorization: "Bearer operators-token", ...headers },
  socket: { remoteAddress, localAddress }
})

describe("who may come in by the door", () => {
  const local = Guard.make({ allowRemote: false, hashes }, "0.0.0.0")
  const remote = Guard.make({ allowRemote: true, hashes }, "ops.example")

  it.each(["127.0.0.1", "127.8.9.10", "::1", "::ffff:127.0.0.1"])(
    "a peer on the loopback address %s",
    (address) => assert.deepStrictEqual(local(from(address)), { role: "operator" })
  )

  it.each(["10.0.0.7", "192.0.2.1", "::ffff:10.0.0.7", "fe80::1", "", undefined])(
    "not the peer %s, unless the settings allow it",
    (address) => {
      assert.strictEqual(local(from(address)), "remote")
      assert.deepStrictEqual(remote(from(address)), { role: "operator" })
    }
  )

  it.each(["localhost", "LOCALHOST:9090", "127.0.0.1", "[::1]:9090", "10.0.0.7:9090", "0.0.0.0:9090"])(
    "who calls it %s",
    (host) => assert.deepStrictEqual(local(from("127.0.0.1", { host })), { role: "operator" })
  )

  it.each(["", "evil.example", "localhost.evil.example", "127.0.0.1.evil.example", "[::1", "a b", "10.0.0.8", "x:y:z"])(
    "not who calls it %j",
    (host) => assert.strictEqual(local(from("127.0.0.1", { host })), "host")
  )

  it("from elsewhere whoever calls it by any address, or by the name that it is bound to", () => {
    const roles = ["10.0.0.8:9090", "[fd00::1]", "Ops.Example:9090"].map((host) => remote(from("10.0.0.9", { host })))
    assert.deepStrictEqual(roles, [{ role: "operator" }, { role: "operator" }, { role: "operator" }])
    assert.strictEqual(remote(from("10.0.0.9", { host: "evil.example" })), "host")
  })

  it("no page of a browser, whatever else it sends", () =>
    assert.strictEqual(remote(from("127.0.0.1", { origin: "null" })), "origin"))

  it.each([
    ["Bearer operators-token", { role: "operator" }],
    ["bearer  readers-token", { role: "read" }],
    ["Bearer operators-toke", "token"],
    ["Bearer operators-tokens", "token"],
    ["Bearer operators-token, Bearer readers-token", "token"],
    ["Bearer ", "token"],
    ["operators-token", "token"],
    ["", "token"]
  ])("by %j", (authorization, answer) => assert.deepStrictEqual(local(from("127.0.0.1", { authorization })), answer))
})

const plan = (takeMillis: number, answerMillis: number): Plan => ({
  ...ControlPlan.make(hashes, { listener: 0, allowRemote: false, takeMillis }),
  answerMillis
})

const command = { operation: "act", method: "POST", input: {}, dryRun: false, role: "operator", peer: "::1" } as const

const done: Answer = { status: 200, contentType: "application/json", body: "{}" }

/** One request under way; `settled` is what its sender is told. */
const offered = Effect.fnUntraced(function*(plan: Plan) {
  const posted: Array<Command> = []
  const settled = yield* Deferred.make<Answer | "silent" | "late">()
  const places = Places.make(plan, { post: (command) => posted.push(command), silentMillis: () => 0 })
  const slot = places.take() ?? -1
  const hangUp = places.offer({ ...command, slot }, (answer) => Deferred.doneUnsafe(settled, Effect.succeed(answer)))
  return { places, posted, slot, hangUp, settled: Deferred.await(settled) }
})

/** Every place that is free now. */
const free = (places: ReturnType<typeof Places.make>) => {
  const all = []
  for (let slot = places.take(); slot !== undefined; slot = places.take()) all.push(slot)
  all.forEach(places.leave)
  return all.length
}

const minute = 60_000

describe("a request under way", () => {
  it.live("that the main thread does not take is given up, and can never be taken later", () =>
    Effect.gen(function*() {
      const given = plan(5, minute)
      const { places, posted, settled, slot } = yield* offered(given)
      assert.strictEqual(yield* settled, "silent")
      assert.isFalse(ControlPlan.take(given, slot))
      // Its place is free when the main thread has seen it, not before: the next one must not be mistaken for it.
      assert.strictEqual(free(places), 15)
      places.onAnswer(posted[0]?.id ?? -1, done)
      assert.strictEqual(free(places), 16)
    }))

  it.live("that was taken in time waits for its answer", () =>
    Effect.gen(function*() {
      const given = plan(minute, minute)
      const { places, posted, settled, slot } = yield* offered(given)
      assert.isTrue(ControlPlan.take(given, slot))
      assert.isFalse(ControlPlan.take(given, slot))
      places.onAnswer(posted[0]?.id ?? -1, done)
      assert.deepStrictEqual(yield* settled, done)
    }))

  it.live("that was taken and is not answered is told to be late", () =>
    Effect.gen(function*() {
      const given = plan(5, 5)
      const { places, settled, slot } = yield* offered(given)
      assert.isTrue(ControlPlan.take(given, slot))
      assert.strictEqual(yield* settled, "late")
      assert.strictEqual(free(places), 15)
    }))

  it.live("whose sender hangs up before it is taken is not carried out", () =>
    Effect.gen(function*() {
      const given = plan(minute, minute)
      const { hangUp, places, posted, slot } = yield* offered(given)
      hangUp()
      assert.isFalse(ControlPlan.take(given, slot))
      places.onAnswer(posted[0]?.id ?? -1, done)
    }))

  it.live("does not take the next one in its place back when its sender hangs up late", () =>
    Effect.gen(function*() {
      const given = plan(minute, minute)
      const { hangUp, places, posted, slot } = yield* offered(given)
      assert.isTrue(ControlPlan.take(given, slot))
      places.onAnswer(posted[0]?.id ?? -1, done)
      assert.strictEqual(places.take(), slot)
      places.offer({ ...command, slot }, () => {})
      hangUp()
      assert.isTrue(ControlPlan.take(given, slot))
      places.onAnswer(posted[1]?.id ?? -1, done)
    }))
})
