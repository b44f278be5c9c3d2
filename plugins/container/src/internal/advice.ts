/** What an operator should know about the settings of container, though it is no fault. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import type { ContainerConfig } from "../config.ts"

export const advice = ({ compression, default_format }: ContainerConfig): ReadonlyArray<Settings.Advice> => [
  ...(default_format === "binary"
    ? [Advice.notApplied("container.default_format", "this version has no binary codec; messagepack is used")]
    : []),
  ...(compression.enabled && compression.algorithm === "lz4"
    ? [Advice.notApplied("container.compression.algorithm", "lz4 is not in Node; zstd is used")]
    : [])
]
