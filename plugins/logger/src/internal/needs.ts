/** Pure: what the logger will use outside of the process. */
import type { Plugin } from "@heptad/kernel"
import * as Path from "node:path"
import type { LoggerConfig } from "../config.ts"
import { writable } from "./outputs.ts"

/** A rotated file has neighbours, so it is the directory that must be writable. */
export const needs = (config: LoggerConfig): ReadonlyArray<Plugin.Need> => {
  const files = writable(config).flatMap((sink) => sink.type === "file" ? [sink.path] : [])
  const keyOf = (path: string) => path === config.file_path ? "logger.file_path" : "logger.sinks"
  const directories = new Map(files.map((path) => [Path.dirname(path), keyOf(path)]))
  return [...directories].map(([what, key]) => ({ kind: "directory", what, key }))
}
