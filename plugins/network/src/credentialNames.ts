/** Names that a credential may give to somebody: subjects and roles. */
import * as Schema from "effect/Schema"

/** Control characters and halves of surrogate pairs name nobody, and a database cannot be asked for them. */
export const Name = (maximum: number) =>
  Schema.NonEmptyString.check(Schema.isMaxLength(maximum), Schema.isPattern(/^[^\p{Cc}\p{Cs}]+$/u))
