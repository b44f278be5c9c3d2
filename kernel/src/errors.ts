/**
 * Everything that can be wrong with a composition, its settings or its start. Each reason is a sentence that ends with
 * what to do; `KernelError` carries all of them at once.
 */
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

/** Two plugins keep the same contract. */
export class DuplicatePlugin extends Schema.TaggedError<DuplicatePlugin>()("DuplicatePlugin", {
  contract: Schema.String,
  packages: Schema.Array(Schema.String)
}) {
  override get message() {
    return `The contract "${this.contract}" is kept by ${this.packages.join(" and ")}. Keep one of them in the list.`
  }
}

/** A required contract is kept by no plugin of the list. */
export class MissingPlugin extends Schema.TaggedError<MissingPlugin>()("MissingPlugin", {
  plugin: Schema.String,
  contract: Schema.String,
  package: Schema.String
}) {
  override get message() {
    return `"${this.plugin}" requires the contract "${this.contract}", which no plugin of this app keeps. ` +
      `Add a plugin that keeps it (contract of ${this.package}).`
  }
}

/** The contract is there in a version that the dependant does not accept. */
export class VersionOutOfRange extends Schema.TaggedError<VersionOutOfRange>()("VersionOutOfRange", {
  plugin: Schema.String,
  package: Schema.String,
  range: Schema.String,
  version: Schema.String
}) {
  override get message() {
    return `"${this.plugin}" accepts ${this.package} ${this.range}, but ${this.version} is installed. ` +
      `Install a version in that range, or a release of "${this.plugin}" that accepts ${this.version}.`
  }
}

/** A required contract has no range in `peerDependencies`, or the range or version cannot be read. */
export class MissingRange extends Schema.TaggedError<MissingRange>()("MissingRange", {
  plugin: Schema.String,
  package: Schema.String,
  detail: Schema.String
}) {
  override get message() {
    return `"${this.plugin}" names no usable version range for ${this.package} (${this.detail}). ` +
      `Write one into "peerDependencies" of its package.json, for example "^1.0.0".`
  }
}

/** Plugins that require each other in a circle; the first name is repeated at the end. */
export class PluginCycle extends Schema.TaggedError<PluginCycle>()("PluginCycle", {
  path: Schema.Array(Schema.String)
}) {
  override get message() {
    return `Plugins require each other in a circle: ${this.path.join(" -> ")}. Remove one of these requirements.`
  }
}

/** One wrong setting: where it stands, which key, what was expected. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>()("InvalidSetting", {
  key: Schema.String,
  origin: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.origin}: ${this.key}: ${this.problem}`
  }
}

/** A plugin that could not be built. */
export class PluginFailed extends Schema.TaggedError<PluginFailed>()("PluginFailed", {
  plugin: Schema.String,
  problem: Schema.String,
  exitCode: Schema.Int,
  cause: Schema.Defect()
}) {
  override get message() {
    return `"${this.plugin}" did not start: ${this.problem}`
  }
}

/** A plugin that was not ready within the start deadline. */
export class PluginTimedOut extends Schema.TaggedError<PluginTimedOut>()("PluginTimedOut", {
  plugin: Schema.String,
  deadline: Schema.String
}) {
  override get message() {
    return `"${this.plugin}" was not ready within ${this.deadline}. ` +
      `Look at its last log lines, or raise deployment.start_timeout.`
  }
}

export const Reason = Schema.Union([
  DuplicatePlugin,
  MissingPlugin,
  VersionOutOfRange,
  MissingRange,
  PluginCycle,
  InvalidSetting,
  PluginFailed,
  PluginTimedOut
])
export type Reason = typeof Reason.Type

/** sysexits: EX_CONFIG for what the operator wrote, EX_UNAVAILABLE for what others withhold, EX_SOFTWARE for bugs. */
const exitCodeOf = (reason: Reason): number =>
  reason._tag === "PluginFailed" ? reason.exitCode : reason._tag === "PluginTimedOut" ? 69 : 78

/** All faults of one attempt to start, in the order they were found. */
export class KernelError extends Schema.TaggedError<KernelError>()("KernelError", {
  reasons: Schema.NonEmptyArray(Reason)
}) {
  override get message() {
    return this.reasons.map((reason) => `- ${reason.message}`).join("\n")
  }

  /** Read by `runMain` for the exit code of the process. */
  override get [Runtime.errorExitCode](): number {
    return Math.max(...this.reasons.map(exitCodeOf))
  }
}

/** A failed build as one sentence, with the exit code that the plugin's own error asks for. */
export const pluginFailed = (plugin: string, error: unknown): PluginFailed => {
  const asked = Runtime.getErrorExitCode(error)
  return new PluginFailed({
    plugin,
    problem: error instanceof Error ? error.message : String(error),
    // 1 is what Effect answers for an error that asks for nothing.
    exitCode: asked === 1 ? 70 : asked,
    cause: error
  })
}
