/** The errors of common, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  DataDirectoryInUse: {
    title: "Another process uses the data directory",
    cause: "The app runs already, for example as a service or in another terminal, or two containers share one volume.",
    remedy: "Stop the process that the message names, or give this one its own directory with HEPTAD_DATA_DIR.",
    code: "common.already_exists"
  },
  DataDirectoryUnusable: {
    title: "The data directory cannot be used",
    cause:
      "It belongs to another user (often because of one start as root), is mounted read-only, or its disk is full.",
    remedy: "Look with ls -ld and df at the directory named, make this user its owner with chown -R, " +
      "or set HEPTAD_DATA_DIR (common.data_dir) to another one.",
    code: "common.io_error"
  },
  Unhealthy: {
    title: "A health check does not pass",
    cause: "What the check asks is slow, full or away. Its name and reason stand in /health?verbose and in the log.",
    remedy: "Remove the reason that it gives; the check runs by itself and tells when it passes again.",
    code: "common.not_initialized"
  }
})
