/** Who asks: the verified token of a request. Handlers below `Authorization` get it by `yield* Principal`. */
import * as Context from "effect/Context"

export class Principal extends Context.Service<Principal, {
  /** The `sub` claim. */
  readonly subject: string
  /** The `roles` claim; empty unless `network.auth.roles_from_token` is on. */
  readonly roles: ReadonlyArray<string>
  /** Every claim of the token, unread. */
  readonly claims: Readonly<Record<string, unknown>>
}>()("@heptad/network/Principal") {}
