/** The errors of logger, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  FileOpenFailed: {
    title: "A log file cannot be opened",
    cause: "Its folder belongs to another user or is mounted read-only, or the path names a folder.",
    remedy: "Make the folder writable for this user, or change the path in logger.sinks (LOGGER_FILE_PATH). " +
      "Records go to standard error until then; it is tried again by itself.",
    code: "logger.file_open"
  },
  WriteFailed: {
    title: "A log sink does not take records",
    cause: "The disk is full, a quota is used up, or the reader of a pipe is gone.",
    remedy: "Look with df at the disk of the sink and free space: shorten rotation.max_files of logger.sinks. " +
      "Records go to standard error until then.",
    code: "logger.file_write"
  },
  RotationFailed: {
    title: "A log file cannot be rotated and goes on growing",
    cause: "The file may be written, but its folder may not, or a rotated file belongs to another user.",
    remedy: "Make the folder writable for this user. Watch the disk until then; it is tried again each minute.",
    code: "logger.rotation"
  }
})
