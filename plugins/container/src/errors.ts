/** Everything that can be wrong with a container or with bytes that claim to be one. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

/** No value has this name. */
export class KeyNotFound extends Schema.TaggedError<KeyNotFound>()("KeyNotFound", { name: Schema.String }) {
  readonly errorCode = ErrorCode.of("container.key_not_found")

  override get message() {
    return `The container has no value "${this.name}". Set it, or ask with Container.find whether it is there.`
  }
}

/** The value is there and is of another type. */
export class ValueTypeMismatch extends Schema.TaggedError<ValueTypeMismatch>()("ValueTypeMismatch", {
  name: Schema.String,
  expected: Schema.String,
  actual: Schema.String
}) {
  readonly errorCode = ErrorCode.of("container.value_type_mismatch")

  override get message() {
    return `"${this.name}" is of type ${this.actual}, not ${this.expected}. Ask for ${this.actual}, or change its sender.`
  }
}

/** A value that no codec can carry; `path` leads to it. */
export class InvalidValue extends Schema.TaggedError<InvalidValue>()("InvalidValue", {
  path: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("container.invalid_value_type")

  override get message() {
    return `${this.path}: ${this.problem}. Change the value, or give it another type.`
  }
}

/** A limit of the settings is exceeded. Nothing was decoded. */
export class LimitExceeded extends Schema.TaggedError<LimitExceeded>()("LimitExceeded", {
  what: Schema.String,
  setting: Schema.String,
  limit: Schema.Finite
}) {
  readonly errorCode = ErrorCode.of("container.size")

  override get message() {
    return `${this.what}: more than ${this.limit}. Send less at a time, or raise ${this.setting}.`
  }
}

/** Bytes that are not what their format says. */
export class MalformedContainer extends Schema.TaggedError<MalformedContainer>()("MalformedContainer", {
  format: Schema.String,
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("container.deserialise")

  override get message() {
    return `These bytes are not a valid ${this.format} payload: ${this.problem}. Look at what sent them.`
  }
}

/** A payload whose values do not fit the schema; `problem` names the paths. */
export class InvalidPayload extends Schema.TaggedError<InvalidPayload>()("InvalidPayload", {
  problem: Schema.String
}) {
  readonly errorCode = ErrorCode.of("container.conversion")

  override get message() {
    return `The payload does not fit its schema: ${this.problem}. Compare the versions of sender and receiver.`
  }
}

/** A format of the guide that this version cannot read or write. */
export class UnsupportedFormat extends Schema.TaggedError<UnsupportedFormat>()("UnsupportedFormat", {
  format: Schema.String
}) {
  readonly errorCode = ErrorCode.of("container.invalid_format")

  override get message() {
    return `The format "${this.format}" is not supported by this version. Use messagepack or json.`
  }
}

export type EncodeError = InvalidValue | LimitExceeded | UnsupportedFormat
export type DecodeError = LimitExceeded | MalformedContainer | UnsupportedFormat
