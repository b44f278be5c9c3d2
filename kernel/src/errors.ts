/**
 * Everything that can be wrong with a composition, its settings or its start. Each reason is a sentence that ends with
 * what to do; `KernelError` carries all of them at once.
 */
import * as Runtime from "effect/Runtime"
import * as Schema from "effect/Schema"

const duplicated = { contract: Schema.String, packages: Schema.Array(Schema.String) }

/** Two plugins keep the same contract. */
export class DuplicatePlugin extends Schema.TaggedError<DuplicatePlugin>()("DuplicatePlugin", duplicated) {
  override get message() {
    return `The contract "${this.contract}" is kept by ${this.packages.join(" and ")}. Keep one of them in the list.`
  }
}

const missing = {
  plugin: Schema.String,
  contract: Schema.String,
  package: Schema.String,
  /** What to add where, when the list of plugins comes from somewhere that can say it. */
  add: Schema.optionalKey(Schema.String)
}

/** A required contract is kept by no plugin of the list. */
export class MissingPlugin extends Schema.TaggedError<MissingPlugin>()("MissingPlugin", missing) {
  override get message() {
    const advice = `Add ${this.add ?? `a plugin that keeps it (contract of ${this.package})`}.`
    return `"${this.plugin}" requires the contract "${this.contract}", which no plugin of this app keeps. ${advice}`
  }
}

const mismatch = { plugin: Schema.String, package: Schema.String, range: Schema.String, version: Schema.String }

/** The contract is there in a version that the dependant does not accept. */
export class VersionOutOfRange extends Schema.TaggedError<VersionOutOfRange>()("VersionOutOfRange", mismatch) {
  override get message() {
    return `"${this.plugin}" accepts ${this.package} ${this.range}, but ${this.version} is installed. ` +
      `Install a version in that range, or a release of "${this.plugin}" that accepts ${this.version}.`
  }
}

const unranged = { plugin: Schema.String, package: Schema.String, detail: Schema.String }

/** A required contract has no range in `peerDependencies`, or the range or version cannot be read. */
export class MissingRange extends Schema.TaggedError<MissingRange>()("MissingRange", unranged) {
  override get message() {
    return `"${this.plugin}" names no usable version range for ${this.package} (${this.detail}). ` +
      `Write one into "peerDependencies" of its package.json, for example "^1.0.0".`
  }
}

const circle = { path: Schema.Array(Schema.String) }

/** Plugins that require each other in a circle; the first name is repeated at the end. */
export class PluginCycle extends Schema.TaggedError<PluginCycle>()("PluginCycle", circle) {
  override get message() {
    return `Plugins require each other in a circle: ${this.path.join(" -> ")}. Remove one of these requirements.`
  }
}

const misset = { key: Schema.String, origin: Schema.String, problem: Schema.String }

/** One wrong setting: where it stands, which key, what was expected. */
export class InvalidSetting extends Schema.TaggedError<InvalidSetting>()("InvalidSetting", misset) {
  override get message() {
    return `${this.origin}: ${this.key}: ${this.problem}`
  }
}

const unbuilt = { plugin: Schema.String, problem: Schema.String, exitCode: Schema.Int, cause: Schema.Defect() }

/** A plugin that could not be built, or not within the start deadline. */
export class PluginFailed extends Schema.TaggedError<PluginFailed>()("PluginFailed", unbuilt) {
  override get message() {
    return `"${this.plugin}" did not start: ${this.problem}`
  }

  /** From what its build died of, with the exit code that the plugin's own error asks for, or EX_SOFTWARE for a bug. */
  static of(plugin: string, error: unknown): PluginFailed {
    if (error instanceof PluginFailed) return error
    const asked = Runtime.getErrorExitCode(error)
    const problem = error instanceof Error ? error.message : String(error)
    // 1 is what Effect answers for an error that asks for nothing.
    return new PluginFailed({ plugin, problem, exitCode: asked === 1 ? 70 : asked, cause: error })
  }
}

const compositions = [DuplicatePlugin, MissingPlugin, VersionOutOfRange, MissingRange, PluginCycle] as const
export const Reason = Schema.Union([...compositions, InvalidSetting, PluginFailed])
export type Reason = typeof Reason.Type

const unkept = { version: Schema.Int, kept: Schema.Array(Schema.Int) }

/** A rollback to a version of the settings that is not kept. */
export class NoSuchVersion extends Schema.TaggedError<NoSuchVersion>()("NoSuchVersion", unkept) {
  override get message() {
    const kept = this.kept.length === 0 ? "None is kept yet." : `Kept: ${this.kept.join(", ")}.`
    return `There is no version ${this.version} of the settings to go back to. ${kept} See: heptad config history.`
  }
}

const unavailable = { plugin: Schema.String, problem: Schema.String }

/** A call of a service whose plugin did not start, in an app that goes on without it. */
export class PluginUnavailable extends Schema.TaggedError<PluginUnavailable>()("PluginUnavailable", unavailable) {
  override get message() {
    return `"${this.plugin}" is not available at the moment: ${this.problem}. It is tried again by itself; try again later.`
  }
}

const refused = {
  operation: Schema.String,
  /** `invalid_input`: correct it. `conflict`: the state of the app does not allow it. `failed`: it was tried. */
  reason: Schema.Literals(["invalid_input", "conflict", "failed"]),
  problem: Schema.String
}

/** An operation that was not carried out. */
export class OperationRefused extends Schema.TaggedError<OperationRefused>()("OperationRefused", refused) {
  override get message() {
    return `${this.operation}: ${this.problem}`
  }
}

const all = { reasons: Schema.NonEmptyArray(Reason) }

/** All faults of one attempt to start, in the order they were found. */
export class KernelError extends Schema.TaggedError<KernelError>()("KernelError", all) {
  override get message() {
    return this.reasons.map((reason) => `- ${reason.message}`).join("\n")
  }

  /** Read by `runMain` for the exit code of the process; sysexits' EX_CONFIG for all that the operator wrote. */
  override get [Runtime.errorExitCode](): number {
    return Math.max(...this.reasons.map((reason) => reason._tag === "PluginFailed" ? reason.exitCode : 78))
  }
}
