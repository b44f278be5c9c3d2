/** What changes with the settings while the app runs. The title of a test starts with the key that it proves. */
import { assert, it } from "@effect/vitest"
import { changingSettings } from "@heptad/common/testing"
import { Codecs, Container, Value } from "@heptad/container"
import { ContainerPlugin } from "@heptad/container/plugin"
import { Kernel } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"

type Section = Readonly<Record<string, unknown>>

const text = Array.from({ length: 5000 }, (_, index) => `line ${index * index} of ${index % 7}`).join("\n")
const big = Container.make({ type: "big" }, { text: Value.string(text), data: Value.bytes(new Uint8Array(2048)) })
const nested = Container.make({ type: "nested" }, { data: Value.array([Value.array([Value.array([])])]) })

const encode = (container: Container.Container) => Codecs.use((codecs) => codecs.encode(container))

const firstByte = Effect.map(encode(big), (bytes) => bytes[0])
const size = Effect.map(encode(big), (bytes) => bytes.length)
const outcome = (container: Container.Container) =>
  Effect.match(encode(container), { onFailure: ({ _tag }) => _tag, onSuccess: () => "encoded" })

const isView = Effect.gen(function*() {
  const { decode, encode } = yield* Codecs
  const input = yield* encode(big)
  const data = (yield* decode(input)).values.get("data")
  return data?.type === "bytes" && data.value.buffer === input.buffer
})

/** The observation before and after the change of one setting. */
const changes = <A, E>(before: Section, after: Section, observe: Effect.Effect<A, E, Codecs>) => {
  const settings = changingSettings({ container: before })
  return Effect.gen(function*() {
    const first = yield* observe
    yield* settings.change({ container: after })
    return [first, yield* observe] as const
  }).pipe(Effect.provide(Kernel.layer([ContainerPlugin]).pipe(Layer.provide(settings.layer))))
}

it.effect("container.default_format: the next container is encoded in the new format", () =>
  Effect.gen(function*() {
    const found = yield* changes({}, { default_format: "json" }, firstByte)
    assert.deepStrictEqual(found, [0x96, "{".charCodeAt(0)])
  }))

it.effect("container.zero_copy.enabled: the next decoded bytes are copies", () =>
  Effect.gen(function*() {
    const zero_copy = { min_size: "1KB" }
    const found = yield* changes({ zero_copy }, { zero_copy: { ...zero_copy, enabled: false } }, isView)
    assert.deepStrictEqual(found, [true, false])
  }))

it.effect("container.zero_copy.min_size: the next decoded bytes are views from the new size on", () =>
  Effect.gen(function*() {
    assert.deepStrictEqual(yield* changes({}, { zero_copy: { min_size: "1KB" } }, isView), [false, true])
  }))

it.effect("container.memory.limits.max_container_size: the next payload is held against it", () =>
  Effect.gen(function*() {
    const limits = { max_container_size: "1KB" }
    const found = yield* changes({}, { memory: { limits } }, outcome(big))
    assert.deepStrictEqual(found, ["encoded", "LimitExceeded"])
  }))

it.effect("container.validation.max_nesting_depth: the next payload is held against it", () =>
  Effect.gen(function*() {
    const found = yield* changes({}, { validation: { max_nesting_depth: 1 } }, outcome(nested))
    assert.deepStrictEqual(found, ["encoded", "LimitExceeded"])
  }))

it.effect("container.validation.max_elements: the next payload is held against it", () =>
  Effect.gen(function*() {
    const found = yield* changes({}, { validation: { max_elements: 1 } }, outcome(nested))
    assert.deepStrictEqual(found, ["encoded", "LimitExceeded"])
  }))

/** Whether the second observation is the smaller one. */
const shrinks = (before: Section, after: Section) =>
  Effect.map(
    changes({ compression: before }, { compression: after }, size),
    ([first, second]) => assert.isBelow(second, first)
  )

it.effect("container.compression.algorithm: the next container is compressed", () => shrinks({}, { algorithm: "gzip" }))

it.effect("container.compression.enabled: the next container is compressed", () =>
  shrinks({ algorithm: "gzip", enabled: false }, { algorithm: "gzip" }))

it.effect("container.compression.min_size: the next container that is large enough is compressed", () =>
  shrinks({ algorithm: "gzip", min_size: "1GB" }, { algorithm: "gzip" }))

it.effect("container.compression.level: the next container is compressed harder", () =>
  shrinks({ algorithm: "gzip", level: 1 }, { algorithm: "gzip", level: 9 }))
