/** Settings `network.http.compression`. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const later = "answers are not compressed yet"

export const Compression = Setting.section({
  enabled: Setting.optional(SettingTypes.Boolean, {
    description: "Compress answers.",
    notApplied: later
  }),
  algorithms: Setting.optional(SettingTypes.list(Schema.Literals(["gzip", "deflate", "br", "zstd"])), {
    description: "Algorithms in order of preference.",
    notApplied: later
  }),
  min_size: Setting.optional(SettingTypes.Bytes, {
    description: "Smaller answers stay uncompressed.",
    unit: "bytes",
    notApplied: later
  }),
  level: Setting.optional(SettingTypes.int(0, 11), {
    description: "Compression level.",
    notApplied: later
  })
})
