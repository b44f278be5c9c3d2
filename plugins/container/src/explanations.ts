/** The errors of container, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  KeyNotFound: {
    title: "A container has no value of this name",
    cause: "The sender left it out, or one side spells the name in another way.",
    remedy: "Compare the names on both sides; ask with Container.find where the value may be absent.",
    code: "container.key_not_found"
  },
  ValueTypeMismatch: {
    title: "A value is of another type than the one asked for",
    cause:
      "Sender and receiver are of different versions, or an int was sent where the receiver asks for a long or a float.",
    remedy:
      "Ask for the type that the message names, or let the sender make the value with the other Value constructor.",
    code: "container.value_type_mismatch"
  },
  InvalidValue: {
    title: "A value that cannot be encoded",
    cause: "An int with a fraction or out of range, half of a surrogate pair in a text, or the name __proto__.",
    remedy: "Correct the value at the path in the message, or send it as another type (float, long, bytes).",
    code: "container.invalid_value_type"
  },
  LimitExceeded: {
    title: "A payload is over a limit",
    cause: "A sender that puts too much into one message, a file sent as a value, or hostile input.",
    remedy: "Send less at a time. If such payloads are meant, raise the setting in the message: " +
      "container.memory.limits.max_container_size, container.validation.max_nesting_depth or max_elements.",
    code: "container.size"
  },
  MalformedContainer: {
    title: "Bytes that are no valid payload",
    cause: "They were cut off or changed on their way, or the sender writes another format than the receiver reads.",
    remedy:
      "Compare container.default_format (CONTAINER_FORMAT) of sender and receiver, then look at the bytes of the sender.",
    code: "container.deserialise"
  },
  InvalidPayload: {
    title: "A payload does not fit its Schema",
    cause: "Sender and receiver were released apart and have different versions of the Schema.",
    remedy: "Look at the paths in the message and bring both sides to one version; give new fields a default first.",
    code: "container.conversion"
  },
  UnsupportedFormat: {
    title: "A format that this version does not have",
    cause: "A payload or a call that asks for the format binary, written by another implementation of the guide.",
    remedy: "Use messagepack or json on both sides: container.default_format (CONTAINER_FORMAT).",
    code: "container.invalid_format"
  }
})
