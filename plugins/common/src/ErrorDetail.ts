/** Whether answers and logs may show stacks and causes: `common.error_handling.detailed_errors`. */
import * as Context from "effect/Context"
import * as Layer from "effect/Layer"

export class ErrorDetail extends Context.Service<ErrorDetail, {
  /**
   * `false` (the default): code, message and trace id only. `true`: stack and cause too. Changes while the app runs, so it is
   * to be read where it is used.
   */
  readonly detailed: boolean
}>()("@heptad/common/ErrorDetail") {
  static readonly layer = (detailed: boolean) => Layer.succeed(ErrorDetail, { detailed })
}
