/** Why somebody who is known may not do it. */
import { ErrorCode } from "@heptad/common"
import * as Schema from "effect/Schema"

/** 403: the principal is known and lacks the permission. */
export class PermissionDenied extends Schema.TaggedError<PermissionDenied>()("PermissionDenied", {
  /** Absent when the endpoint names no permission: such an endpoint is open to nobody. */
  permission: Schema.optionalKey(Schema.String)
}) {
  readonly errorCode = ErrorCode.of("common.permission_denied")

  override get message() {
    return this.permission === undefined
      ? "This endpoint names no permission, so nobody may use it. Its author has to annotate it."
      : `This needs the permission "${this.permission}". Ask an administrator for a role that has it.`
  }
}

/** 503: who may do what could not be found out, so nothing is allowed. */
export class PermissionsUnavailable
  extends Schema.TaggedError<PermissionsUnavailable>()("PermissionsUnavailable", { cause: Schema.Defect() })
{
  readonly errorCode = ErrorCode.of("common.not_initialized")

  override get message() {
    return "Permissions cannot be checked at the moment. Try again later."
  }
}
