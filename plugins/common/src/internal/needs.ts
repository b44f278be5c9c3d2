/** Pure: what common will use outside of the process. */
import type { Plugin } from "@heptad/kernel"
import * as Path from "node:path"
import type { CommonConfig } from "../config.ts"

/** Below the data directory it needs nothing of its own. */
const registryFile = ({ enabled, path, persist }: CommonConfig["error_handling"]["error_registry"]) =>
  enabled && persist && Path.isAbsolute(path)
    ? [{ kind: "directory" as const, what: Path.dirname(path), key: "common.error_handling.error_registry.path" }]
    : []

export const needs = ({ data_dir, error_handling }: CommonConfig): ReadonlyArray<Plugin.Need> => [
  { kind: "directory", what: data_dir, key: "common.data_dir" },
  ...registryFile(error_handling.error_registry)
]
