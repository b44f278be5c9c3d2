/**
 * The one folder in which an app keeps what must survive a restart: embedded database, generated secrets, counters. It
 * is locked while the app runs, so that two instances never share it.
 */
import * as Context from "effect/Context"
import type * as Effect from "effect/Effect"
import type * as Redacted from "effect/Redacted"

export class DataDirectory extends Context.Service<DataDirectory, {
  /** Absolute path; exists, belongs to this process, and is locked by it. */
  readonly path: string
  /**
   * A random secret of `bytes` bytes as base64url text, made at the first call and kept in the file `secrets/<name>`
   * (0600). The name consists of lower-case letters, digits, `_` and `-`. Dies when the file cannot be read or written,
   * or holds less than was asked for: nothing sensible can go on without it.
   */
  readonly secret: (name: string, bytes: number) => Effect.Effect<Redacted.Redacted>
}>()("@heptad/common/DataDirectory") {}
