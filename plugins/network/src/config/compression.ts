/** Settings `network.http.compression` and `network.http.decompression`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

export const Algorithm = Schema.Literals(["gzip", "deflate", "br", "zstd"])
export type Algorithm = typeof Algorithm.Type

export const Compression = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description: "Compress answers for clients that accept it. Read about BREACH in the README of network first.",
    reloadable: true
  }),
  algorithms: Setting.field(SettingTypes.list(Algorithm), ["zstd", "br", "gzip", "deflate"], {
    description: "Algorithms; among those that a client likes equally the first one is taken.",
    reloadable: true
  }),
  min_size: Setting.field(SettingTypes.Bytes, "1KB", {
    description: "Smaller answers stay as they are; of a stream the size is not known.",
    unit: "bytes",
    reloadable: true
  }),
  level: Setting.field(SettingTypes.int(0, 11), 4, {
    description: "Effort, on the scale of each algorithm: gzip and deflate 1 to 9, zstd 1 to 11, br 0 to 11.",
    reloadable: true
  })
})

export const Decompression = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description:
      "Read request bodies that are compressed (gzip, deflate, br, zstd), expanded at most to max_request_size. " +
      "Off: they are refused (415).",
    reloadable: true
  })
})
