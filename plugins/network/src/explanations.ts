/** The errors of network, explained. */
import { explanationsOf } from "@heptad/kernel"
import type * as Errors from "./errors.ts"

export const explanations = explanationsOf<typeof Errors>({
  PortTaken: {
    title: "The port of the app is in use",
    cause: "The app runs already, or another server listens there; 8080 is a common choice.",
    remedy:
      "Find the process with ss -ltnp (macOS: lsof -i :8080) and stop it, or choose another port with NETWORK_PORT " +
      "(network.tcp.port); 0 takes a free one.",
    code: "network.bind_failed"
  },
  BindFailed: {
    title: "The address of the app cannot be listened on",
    cause: "EADDRNOTAVAIL: this machine does not have the address. EACCES: no right to a port below 1024.",
    remedy:
      "Set NETWORK_BIND_ADDRESS (network.tcp.bind_address) to 127.0.0.1 or 0.0.0.0, and NETWORK_PORT to 1024 or more.",
    code: "network.bind_failed"
  },
  TlsUnusable: {
    title: "TLS is on and cannot be served",
    cause:
      "A certificate or key file that is missing, cut off, not readable for this user or expired, a key of another " +
      "certificate, or an unknown cipher.",
    remedy: "Correct the setting that the message names: network.tls.cert_file and key_file " +
      "(NETWORK_TLS_CERT, NETWORK_TLS_KEY); openssl x509 -noout -dates -in <file> shows how long a certificate is good.",
    code: "network.bind_failed"
  },
  JwtSecretMissing: {
    title: "There is no secret to verify tokens with",
    cause:
      "network.auth.jwt.generate_secret is false, as in production, and the environment of this process has no JWT_SECRET.",
    remedy: "Set JWT_SECRET or JWT_SECRET_FILE to at least 32 random bytes, the same for all instances: " +
      "openssl rand -base64 48.",
    code: "common.invalid_argument"
  },
  AuthKeysUnusable: {
    title: "A file of keys cannot be used",
    cause:
      "network.auth names a file of public keys, a key set or a list of API keys that is missing, not readable for " +
      "this user, too large, or does not hold what it should.",
    remedy:
      "Correct the file that the message names. A list of API keys is YAML or JSON with id, hash and subject each; " +
      "heptad token api-key prints one.",
    code: "common.invalid_argument"
  },
  TokenNotIssued: {
    title: "This server makes no tokens",
    cause:
      "network.auth.jwt names public keys of an issuer and has no secret, so it can verify tokens and not sign them.",
    remedy: "Get the token from the issuer. For tests set JWT_SECRET beside the public keys.",
    code: "common.not_initialized"
  },
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
  },
  PermissionDenied: {
    title: "The caller may not do this",
    cause:
      "No role of the caller has the permission, the token names roles but network.auth.roles_from_token is off, " +
      "or the endpoint names no permission at all.",
    remedy: "Give the caller a role in user_roles that has the permission in role_permissions; " +
      "it counts within a second.",
    code: "common.permission_denied"
  },
  PermissionsUnavailable: {
    title: "Who may do what cannot be found out",
    cause: "The tables of the permissions cannot be read, mostly because the database is away or overloaded.",
    remedy: "Look at /health?verbose and at the cause in the log, and bring the database back; clients may try again.",
    code: "common.not_initialized"
  },
  UpstreamUnknown: {
    title: "An upstream is asked for that the settings do not have",
    cause:
      "The name in the code and the one below network.upstreams differ, or the settings of this environment lack it.",
    remedy: "Add network.upstreams.<name>.endpoints, or correct the name; heptad plan lists the upstreams.",
    code: "common.not_found"
  },
  UpstreamCaUnusable: {
    title: "The authorities of an upstream cannot be used",
    cause: "The file is missing, not readable for this user, or no PEM file of certificates.",
    remedy:
      "Correct network.upstreams.<name>.tls.ca_file; openssl x509 -noout -subject -in <file> shows what it holds.",
    code: "common.io_error"
  },
  UpstreamFailed: [
    {
      title: "An upstream refuses connections",
      cause: "It is not running, listens on another port, or a firewall answers in its place.",
      remedy: "Start it, or correct network.upstreams.<name>.endpoints; heptad check --probe tries every address.",
      code: "network.connection_refused"
    },
    {
      title: "An upstream cannot be connected to",
      cause: "Its name is not known, no route leads to it, or its certificate is not accepted.",
      remedy: "Look at the problem in brackets: ENOTFOUND is the name, EHOSTUNREACH the network, a certificate needs " +
        "network.upstreams.<name>.tls.ca_file.",
      code: "network.connection_failed"
    },
    {
      title: "An upstream does not answer in time",
      cause: "It is overloaded or hangs, or the time is shorter than its work.",
      remedy:
        "Look at its load and log; raise connect_timeout, timeout or total_timeout of network.upstreams.<name> only " +
        "when the work needs it.",
      code: "network.connection_timeout"
    },
    {
      title: "An upstream closed the connection before its answer was complete",
      cause: "It crashed or was restarted, or a proxy in between has shorter timeouts.",
      remedy:
        "Look at its log at that time; compare its keep-alive time with network.upstreams.<name>.pool.keepalive_timeout.",
      code: "network.connection_closed"
    },
    {
      title: "An upstream answers what cannot be used",
      cause:
        "What listens there does not speak HTTP/1.1, the answer is larger than allowed, or it redirects in a circle.",
      remedy:
        "Correct the address; raise network.upstreams.<name>.max_response_size when answers are meant to be so large.",
      code: "common.network_error"
    },
    {
      title: "An upstream is not called at the moment",
      cause: "Its circuit is open after many failures, or as many requests as allowed are under way and waiting.",
      remedy:
        "Ask the operation upstreams (/control/upstreams) for circuit and endpoints; bring the upstream back, or " +
        "raise network.upstreams.<name>.bulkhead when it can take more.",
      code: "common.not_initialized"
    }
  ],
  FramedUnreachable: [
    {
      title: "A framed server refuses connections",
      cause: "Nothing listens at its address: it is not started, network.framed.enabled is false there, or it stops.",
      remedy:
        "Start it, and compare the address that the message names with its network.framed.bind_address and port. " +
        "Nothing was sent, so it is safe to try again.",
      code: "network.connection_refused"
    },
    {
      title: "There is no connection to a framed server",
      cause: "It does not answer, or it speaks TLS where the client does not, or the other way round.",
      remedy:
        "Compare network.framed.tls with the `tls` of the client, and look at the server's log. Nothing was sent, " +
        "so it is safe to try again.",
      code: "network.connection_failed"
    }
  ],
  FramedLineFull: {
    title: "A framed client has too many requests waiting",
    cause: "Requests come faster than the server answers them, or the server has been away for a while.",
    remedy:
      "Look at framed_request_duration_seconds of the server; ask for less at a time, or raise maxWaiting of the " +
      "client. Nothing was sent, so it is safe to try again.",
    code: "network.send"
  },
  FramedTimedOut: {
    title: "A framed request had no reply in time",
    cause: "The handler is slow, the server is overloaded, or the request waited for its turn for too long.",
    remedy: "The message says whether it was sent. Look at framed_request_duration_seconds of the server; raise the " +
      "timeout of the request if it may take so long.",
    code: "common.timeout"
  },
  FramedConnectionLost: {
    title: "A framed connection ended before the reply came",
    cause: "The server was killed, its machine or the way to it went away, or one end broke the protocol.",
    remedy:
      "Look at the server's log at that time. Repeat the request only if it may happen twice; the client connects " +
      "again by itself.",
    code: "network.connection_closed"
  },
  FrameTooLarge: {
    title: "A framed request is larger than a frame may be",
    cause: "The encoded payload is over maxFrameSize of the client or network.framed.max_frame_size of the server.",
    remedy: "Send less at a time, or raise both limits. Nothing was sent.",
    code: "network.message_too_large"
  },
  FramedRemoteError: {
    title: "A framed server answered with an error",
    cause: "The handler refused the request or failed; the code is that of the server's error.",
    remedy:
      "Run heptad explain-error with the code that the message names; the server's log has the cause of a defect.",
    code: "common.internal_error"
  },
  TooManyRequests: {
    title: "A user asks too often",
    cause: "network.rate_limit has user in its key, and this user has used up burst and requests_per_second.",
    remedy: "Let the client wait as long as Retry-After says; raise network.rate_limit.requests_per_second or burst " +
      "when the limit is too tight (both change without a restart).",
    code: "network.rate_limited"
  }
})
