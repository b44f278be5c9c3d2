import { describe, it } from "@effect/vitest"
import { Setting } from "@heptad/common"
import { Codecs, Container, Value } from "@heptad/container"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import { expect } from "vitest"
import { ContainerConfig } from "../src/config.ts"
import * as Metrics from "../src/metrics.ts"
import { codecs } from "./layers.ts"

const big = Container.make({ type: "big" }, {
  data: Value.bytes(new Uint8Array(100_000)),
  short: Value.bytes(new Uint8Array(8))
})

const encoded = (settings: Readonly<Record<string, unknown>>, format?: "messagepack" | "json") =>
  Effect.flatMap(Codecs, (service) => service.encode(big, format)).pipe(Effect.provide(codecs(settings)))

describe("settings of container", () => {
  it("has every name of the guide, and the guide's environment names", () => {
    const known = Setting.describe("container", ContainerConfig)
    expect(known.flatMap(({ env = [] }) => env)).toEqual([
      "CONTAINER_FORMAT",
      "CONTAINER_ZERO_COPY",
      "CONTAINER_POOL_SIZE",
      "CONTAINER_COMPRESSION"
    ])
    expect(known.filter(({ notApplied }) => notApplied !== undefined).map(({ path }) => path.join("."))).toEqual([
      "container.memory.pooling.enabled",
      "container.memory.pooling.pool_size",
      "container.memory.pooling.recycle_threshold",
      "container.memory.limits.max_total_memory",
      "container.validation.schema_validation",
      "container.validation.checksum_verification"
    ])
  })

  it.effect("starts with the guide's own settings", () =>
    encoded({
      default_format: "messagepack",
      zero_copy: { enabled: true, min_size: "4KB" },
      memory: {
        pooling: { enabled: true, pool_size: 1000, recycle_threshold: "100KB" },
        limits: { max_container_size: "10MB", max_total_memory: "1GB" }
      },
      compression: { enabled: true, algorithm: "lz4", min_size: "1KB", level: 3 },
      validation: { schema_validation: true, checksum_verification: true, max_nesting_depth: 10 }
    }))

  it.effect("default_format decides where nobody names a format", () =>
    Effect.gen(function*() {
      expect((yield* encoded({ default_format: "json" }))[0]).toBe("{".charCodeAt(0))
      expect((yield* encoded({ default_format: "messagepack" }))[0]).toBe(0x96)
      expect((yield* encoded({ default_format: "binary" }))[0]).toBe(0x96)
    }))

  it.effect("the binary format is refused, with the code of the registry", () =>
    Effect.gen(function*() {
      const service = yield* Codecs
      const errors = [
        yield* Effect.flip(service.encode(big, "binary")),
        yield* Effect.flip(service.decode(new Uint8Array(1), "binary"))
      ]
      for (const error of errors) {
        expect([error._tag, error.errorCode.number]).toEqual(["UnsupportedFormat", -422])
      }
    }).pipe(Effect.provide(codecs())))

  it.effect("max_container_size is checked both ways, with the code of the registry", () =>
    Effect.gen(function*() {
      const service = yield* Codecs
      const out = yield* Effect.flip(service.encode(big))
      const back = yield* Effect.flip(service.decode(new Uint8Array(1025)))
      expect([out.errorCode.number, back.errorCode.number]).toEqual([-442, -442])
      expect(out.message).toBe(
        "payload size in bytes: more than 1024. Send less at a time, or raise container.memory.limits.max_container_size."
      )
    }).pipe(Effect.provide(codecs({ memory: { limits: { max_container_size: "1KB" } } }))))

  it.effect("compression makes it smaller, from min_size on, and only when enabled", () =>
    Effect.gen(function*() {
      const plain = yield* encoded({})
      for (const algorithm of ["gzip", "zstd", "lz4"]) {
        const small = yield* encoded({ compression: { algorithm } })
        expect(small.length).toBeLessThan(plain.length / 50)
      }
      expect((yield* encoded({ compression: { algorithm: "gzip", enabled: false } })).length).toBe(plain.length)
      expect((yield* encoded({ compression: { algorithm: "gzip", min_size: "1MB" } })).length).toBe(plain.length)
    }))

  it.effect("compression.level trades time for size", () =>
    Effect.gen(function*() {
      const text = Array.from({ length: 5_000 }, (_, index) => `line ${index * index} of ${index % 7}`).join("\n")
      const sample = Container.make({}, { text: Value.string(text) })
      const size = (level: number) =>
        Effect.flatMap(Codecs, (service) => service.encode(sample)).pipe(
          Effect.map((bytes) => bytes.length),
          Effect.provide(codecs({ compression: { algorithm: "gzip", level } }))
        )
      expect(yield* size(9)).toBeLessThan(yield* size(1))
    }))

  it.effect("zero_copy gives views of the input from min_size on, copies below and when switched off", () =>
    Effect.gen(function*() {
      const input = yield* encoded({})
      const shared = (settings: Readonly<Record<string, unknown>>) =>
        Effect.flatMap(Codecs, (service) => service.decode(input)).pipe(
          Effect.map(({ values }) =>
            [...values.values()].map((value) => value.type === "bytes" && value.value.buffer === input.buffer)
          ),
          Effect.provide(codecs(settings))
        )
      expect(yield* shared({})).toEqual([true, false])
      expect(yield* shared({ zero_copy: { min_size: "8B" } })).toEqual([true, true])
      expect(yield* shared({ zero_copy: { enabled: false } })).toEqual([false, false])
    }))

  it.effect("counts operations and bytes by codec", () =>
    Effect.gen(function*() {
      const service = yield* Codecs
      const bytes = yield* service.encode(big, "json")
      yield* service.decode(bytes, "json")
      yield* Effect.exit(service.decode(new Uint8Array(3), "json"))
      const count = (metric: Metric.Counter<number>, attributes: Record<string, string>) =>
        Effect.map(
          Metric.value(Metric.withAttributes(metric, { codec: "json", ...attributes })),
          (state) => state.count
        )
      expect(yield* count(Metrics.operations, { operation: "encode", outcome: "ok" })).toBe(1)
      expect(yield* count(Metrics.operations, { operation: "decode", outcome: "ok" })).toBe(1)
      expect(yield* count(Metrics.operations, { operation: "decode", outcome: "refused" })).toBe(1)
      expect(yield* count(Metrics.bytes, { operation: "decode" })).toBe(bytes.length)
    }).pipe(Effect.provide(codecs()), Effect.provideService(Metric.MetricRegistry, new Map())))
})
