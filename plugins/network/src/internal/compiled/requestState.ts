/**
 * Where Effect keeps what handlers ask to be done to the answer of their request (`HttpEffect.appendPreResponseHandler`,
 * cookies of `HttpApiBuilder.securitySetCookie`). Effect provides it itself on its own path; its key is not exported, so only
 * this place knows it.
 */
import * as Context from "effect/Context"
import type { PreResponseHandler } from "effect/http/HttpEffect"

export interface RequestState {
  preResponseHandler: PreResponseHandler | undefined
  loggerDisabled: boolean
}

export const CurrentRequestState = Context.Service<RequestState>("effect/http/HttpEffect/CurrentRequestState")
