/** The `container` section: formats, limits, compression, zero copy. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const noPool = "the codec reuses one output buffer of its own; a pool of containers would hold memory for nothing"

export const ContainerConfig = Schema.Struct({
  default_format: Setting.field(Schema.Literals(["messagepack", "json", "binary"]), "messagepack", {
    description: "The codec where a caller names none. `binary` is accepted, told at start, and messagepack is used.",
    env: ["CONTAINER_FORMAT"],
    reloadable: true
  }),
  zero_copy: Setting.section({
    enabled: Setting.field(SettingTypes.Boolean, true, {
      description: "Decoded bytes values are views of the input instead of copies.",
      env: ["CONTAINER_ZERO_COPY"],
      reloadable: true
    }),
    min_size: Setting.field(SettingTypes.Bytes, "4KB", {
      description: "Smaller bytes values are copied all the same, so that they do not hold the whole input in memory.",
      unit: "bytes",
      reloadable: true
    })
  }),
  memory: Setting.section({
    pooling: Setting.section({
      enabled: Setting.optional(SettingTypes.Boolean, {
        description: "Keep containers for reuse.",
        notApplied: noPool
      }),
      pool_size: Setting.optional(SettingTypes.int(0), {
        description: "How many containers are kept.",
        env: ["CONTAINER_POOL_SIZE"],
        unit: "containers",
        notApplied: noPool
      }),
      recycle_threshold: Setting.optional(SettingTypes.Bytes, {
        description: "Containers larger than this are not kept.",
        unit: "bytes",
        notApplied: noPool
      })
    }),
    limits: Setting.section({
      max_container_size: Setting.field(SettingTypes.Bytes, "10MB", {
        description: "Largest payload, as bytes on the wire and after decompression. Checked before decoding.",
        unit: "bytes",
        reloadable: true
      }),
      max_total_memory: Setting.optional(SettingTypes.Bytes, {
        description: "Memory of all containers that are alive.",
        unit: "bytes",
        notApplied:
          "the garbage collector does not say when a container dies; limit what is in flight where it comes in"
      })
    })
  }),
  compression: Setting.section({
    enabled: Setting.field(SettingTypes.Boolean, true, {
      description: "Compress encoded containers with `algorithm`.",
      reloadable: true
    }),
    algorithm: Setting.field(Schema.Literals(["none", "lz4", "zstd", "gzip"]), "none", {
      description: "How. `lz4` is not in Node: it is told at start, and zstd is used instead.",
      env: ["CONTAINER_COMPRESSION"],
      reloadable: true
    }),
    min_size: Setting.field(SettingTypes.Bytes, "1KB", {
      description: "Smaller payloads are left as they are.",
      unit: "bytes",
      reloadable: true
    }),
    level: Setting.field(SettingTypes.int(1, 9), 3, {
      description: "1 is fast, 9 is small.",
      reloadable: true
    })
  }),
  validation: Setting.section({
    schema_validation: Setting.optional(SettingTypes.Boolean, {
      description: "Check payloads against their schema.",
      notApplied: "always on: without the check the type of a decoded payload would be a guess"
    }),
    checksum_verification: Setting.optional(SettingTypes.Boolean, {
      description: "Check the CRC of binary frames.",
      notApplied: "belongs to the binary format, which this version does not have; gzip and zstd carry their own"
    }),
    max_nesting_depth: Setting.field(SettingTypes.int(1, 200), 10, {
      description: "How deep arrays and maps may stand inside each other.",
      reloadable: true
    }),
    max_elements: Setting.field(SettingTypes.int(1), 100_000, {
      description: "How many values one payload may hold, those inside arrays and maps included.",
      unit: "values",
      reloadable: true
    })
  })
})

/** The decoded section. */
export interface ContainerConfig extends Schema.Schema.Type<typeof ContainerConfig> {}
