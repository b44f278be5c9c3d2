/** Who asks. Handlers below `Authorization` get it by `yield* Principal`. */
import * as Context from "effect/Context"

/** What proved it. */
export type Method = "jwt" | "api_key" | "mtls"

export class Principal extends Context.Service<Principal, {
  /** The `sub` claim of a token; of an API key or a client certificate, whom the settings say it stands for. */
  readonly subject: string
  /** Roles of the API key; of a token its `roles` claim, empty unless `network.auth.roles_from_token` is on. */
  readonly roles: ReadonlyArray<string>
  readonly method: Method
  /** Every claim of the token, unread; `key_id` of an API key, `certificate` (its name) of a certificate. */
  readonly claims: Readonly<Record<string, unknown>>
}>()("@heptad/network/Principal") {}
