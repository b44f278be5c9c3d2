/** Credentials that are not accepted, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "../errors/credentials.ts"

export const credentials = explanationsOf<typeof Errors>({
  TokenRejected: [
    {
      title: "The keys of a token's issuer cannot be had",
      cause: "network.auth.jwt.jwks_url did not answer since the start, or for longer than jwks_max_stale.",
      remedy:
        "Look at the log for the reason, and open the URL from this machine with curl; tokens are accepted again as " +
        "soon as it answers.",
      code: "common.not_initialized"
    },
    {
      title: "A token has expired",
      cause: "The client keeps a token for longer than it is good, or the clocks of issuer and server differ.",
      remedy: "Get a new token; compare the clocks, and raise network.auth.jwt.leeway or ttl if they cannot be closer.",
      code: "network.session_expired"
    },
    {
      title: "A token is not accepted",
      cause:
        "It was signed with another secret (another instance, an old JWT_SECRET) or a key that nobody published, is for " +
        "another issuer or audience, is too large, or is no token at all. auth_failures_total tells the reason.",
      remedy: "Get a token from this server (heptad token with the same settings), and compare JWT_SECRET, " +
        "network.auth.jwt.issuer and audience with those of the issuer.",
      code: "network.session_invalid"
    }
  ],
  Unauthenticated: [
    {
      title: "A request came without a token",
      cause: "The client sends no Authorization header, or a proxy takes it out.",
      remedy:
        "Send the header Authorization: Bearer <token>; heptad token prints a token. Or the API key in the header of " +
        "network.auth.api_keys.",
      code: "network.session_not_found"
    },
    {
      title: "A request came with an expired token or API key",
      cause: "The client keeps it for longer than it is good, or the clocks of issuer and server differ.",
      remedy:
        "Let the client get a new token on 401; compare the clocks, and raise network.auth.jwt.leeway or ttl if needed.",
      code: "network.session_expired"
    },
    {
      title: "A request came with a credential that is not accepted",
      cause:
        "A token was signed with another secret (another instance, an old JWT_SECRET), or is for another issuer or " +
        "audience; an API key has no entry; a client certificate stands for nobody. auth_failures_total tells the reason.",
      remedy: "Get a token from this server (heptad token with the same settings), and compare JWT_SECRET, " +
        "network.auth.jwt.issuer and audience with those of the issuer; look for the key in network.auth.api_keys.",
      code: "network.session_invalid"
    }
  ],
  AuthenticationUnavailable: {
    title: "A token cannot be verified at the moment",
    cause: "network.auth.jwt.jwks_url did not answer since the start, or for longer than jwks_max_stale.",
    remedy:
      "Look at the log for the reason, and open the URL from this machine with curl; tokens are accepted again as " +
      "soon as it answers.",
    code: "common.not_initialized"
  }
})
