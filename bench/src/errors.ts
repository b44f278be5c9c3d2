/** Why a benchmark could not be run to its end. No figures are better than wrong ones. */
import * as Schema from "effect/Schema"

/** `npm ci` inside bench/ failed. */
export class PeersNotInstalled extends Schema.TaggedError<PeersNotInstalled>()("PeersNotInstalled", {
  exitCode: Schema.Int
}) {
  override get message() {
    return `npm ci in bench/ ended with ${this.exitCode}. Read its output above; it needs the network once.`
  }
}

/** A server gave no 200 before the deadline, or ended. */
export class ServerNotReady extends Schema.TaggedError<ServerNotReady>()("ServerNotReady", {
  server: Schema.String,
  path: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `${this.server} did not answer GET ${this.path} with 200: ${this.problem}. Start its file by hand and read what it says.`
  }
}

/** The operating system does not let a process open enough connections. */
export class TooFewFiles extends Schema.TaggedError<TooFewFiles>()("TooFewFiles", {
  asked: Schema.Int,
  allowed: Schema.Int
}) {
  override get message() {
    return `This needs ${this.asked} open files per process, and ${this.allowed} are allowed. ` +
      `Raise the hard limit first: ulimit -Hn ${this.asked} (as root), or LimitNOFILE of the service.`
  }
}

/** The program that was asked to attack. */
export class AttackerMissing extends Schema.TaggedError<AttackerMissing>()("AttackerMissing", {
  program: Schema.String
}) {
  override get message() {
    return `${this.program} is not on the PATH. Install it, or leave --${this.program} out.`
  }
}

/** Two sides would not do the same work. */
export class AnswersDiffer extends Schema.TaggedError<AnswersDiffer>()("AnswersDiffer", {
  server: Schema.String,
  work: Schema.String,
  expected: Schema.String,
  got: Schema.String
}) {
  override get message() {
    return `${this.server}, ${this.work}: expected ${this.expected}, got ${this.got}. ` +
      "Make the sides do the same work before comparing them."
  }
}

/** The load generator gave no figures. */
export class LoadFailed extends Schema.TaggedError<LoadFailed>()("LoadFailed", {
  server: Schema.String,
  work: Schema.String,
  problem: Schema.String
}) {
  override get message() {
    return `Load on ${this.server}, ${this.work}: ${this.problem}. No figures are given for a run with faults.`
  }
}
