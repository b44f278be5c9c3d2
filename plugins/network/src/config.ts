/** The settings of network. */
import { Setting, SettingTypes } from "@heptad/common"
import * as Schema from "effect/Schema"

const compressionLater = "answers are not compressed yet"
const corsLater = "cross-origin requests are not answered specially yet; put a proxy in front"
const balancingLater = "one process serves the port; several processes are not there yet"
const rateLater = "requests are not rate limited yet; put a proxy in front"
const reloadLater = "certificates are read at start only; restart to renew them"

/** Elsewhere Node refuses to listen with it. */
export const reusePortPlatforms = ["linux", "freebsd"]

const Tcp = Setting.section({
  bind_address: Setting.field(Schema.NonEmptyString, "127.0.0.1", {
    description: "Address to listen on; 0.0.0.0 listens on every interface.",
    env: ["NETWORK_BIND_ADDRESS", "KCENON_BIND_ADDRESS"]
  }),
  port: Setting.field(SettingTypes.Port, 8080, {
    description: "Port to listen on; 0 lets the operating system choose.",
    env: ["NETWORK_PORT", "KCENON_HTTP_PORT"]
  }),
  backlog: Setting.field(SettingTypes.int(1, 65_535), 1024, {
    description: "Connections that wait to be accepted; the operating system may cap it (net.core.somaxconn)."
  }),
  max_connections: Setting.field(SettingTypes.int(1), 10_000, {
    description: "Open connections of this process; further ones are closed at once.",
    env: ["NETWORK_MAX_CONNECTIONS"],
    reloadable: true
  }),
  max_connections_per_ip: Setting.field(SettingTypes.int(1), 1000, {
    description: "Open connections of one client address; further ones are closed at once. " +
      "Behind a balancer every client has the balancer's address.",
    reloadable: true
  }),
  connection_timeout: Setting.field(SettingTypes.Duration, "30s", {
    description: "Time for the TLS handshake, and for the complete head of a request (else 408).",
    unit: "duration"
  }),
  read_timeout: Setting.field(SettingTypes.Duration, "60s", {
    description: "Time for a whole request, body included, to arrive (else 408).",
    unit: "duration",
    reloadable: true
  }),
  write_timeout: Setting.field(SettingTypes.Duration, "60s", {
    description: "A client that takes no byte of a waiting answer for this long is disconnected.",
    unit: "duration",
    reloadable: true
  }),
  keepalive_timeout: Setting.field(SettingTypes.Duration, "120s", {
    description: "How long an idle connection is kept for the next request.",
    unit: "duration",
    reloadable: true
  }),
  tcp_nodelay: Setting.field(SettingTypes.Boolean, true, { description: "Send small packets at once." }),
  tcp_quickack: Setting.optional(SettingTypes.Boolean, {
    description: "Acknowledge packets at once.",
    notApplied: "Node has no TCP_QUICKACK; use: ip route change ... quickack 1"
  }),
  so_reuseaddr: Setting.optional(SettingTypes.Boolean, {
    description: "Bind although old connections of the port linger.",
    notApplied: "the runtime always sets it on Unix and cannot unset it"
  }),
  so_reuseport: Setting.field(SettingTypes.Boolean, false, {
    description: "Let several processes bind the port. A taken port is then not noticed.",
    platform: reusePortPlatforms
  })
})

const Http = Setting.section({
  max_request_size: Setting.field(SettingTypes.Bytes, "10MB", {
    description: "Largest request body (else 413), by Content-Length and by counting.",
    unit: "bytes",
    reloadable: true
  }),
  max_header_size: Setting.field(SettingTypes.Bytes, "8KB", {
    description: "Largest request head, URI and header fields together (else 431).",
    unit: "bytes"
  }),
  max_uri_length: Setting.field(SettingTypes.Bytes, "2KB", {
    description: "Longest request URI (else 414).",
    unit: "bytes",
    reloadable: true
  }),
  access_log: Setting.field(SettingTypes.Boolean, true, {
    description: "One log line per answered request.",
    reloadable: true
  }),
  compression: Setting.section({
    enabled: Setting.optional(SettingTypes.Boolean, {
      description: "Compress answers.",
      notApplied: compressionLater
    }),
    algorithms: Setting.optional(SettingTypes.list(Schema.Literals(["gzip", "deflate", "br", "zstd"])), {
      description: "Algorithms in order of preference.",
      notApplied: compressionLater
    }),
    min_size: Setting.optional(SettingTypes.Bytes, {
      description: "Smaller answers stay uncompressed.",
      unit: "bytes",
      notApplied: compressionLater
    }),
    level: Setting.optional(SettingTypes.int(0, 11), {
      description: "Compression level.",
      notApplied: compressionLater
    })
  }),
  cors: Setting.section({
    enabled: Setting.optional(SettingTypes.Boolean, {
      description: "Answer cross-origin requests.",
      notApplied: corsLater
    }),
    allowed_origins: Setting.optional(SettingTypes.list(Schema.String), {
      description: "Origins that may call.",
      notApplied: corsLater
    }),
    allowed_methods: Setting.optional(SettingTypes.list(Schema.String), {
      description: "Methods that they may use.",
      notApplied: corsLater
    }),
    allowed_headers: Setting.optional(SettingTypes.list(Schema.String), {
      description: "Request headers that they may send.",
      notApplied: corsLater
    }),
    max_age: Setting.optional(SettingTypes.int(0), {
      description: "Seconds that a browser may remember the answer.",
      unit: "seconds",
      notApplied: corsLater
    })
  })
})

const TlsVersion = Schema.Literals(["TLSv1.2", "TLSv1.3"])

const Tls = Setting.section({
  enabled: Setting.field(SettingTypes.Boolean, false, {
    description: "Serve HTTPS instead of HTTP. The start fails when the files cannot be used.",
    env: ["NETWORK_TLS_ENABLED"]
  }),
  cert_file: Setting.optional(Schema.NonEmptyString, {
    description: "PEM file of the certificate chain.",
    env: ["NETWORK_TLS_CERT"]
  }),
  key_file: Setting.optional(Schema.NonEmptyString, {
    description: "PEM file of the private key.",
    env: ["NETWORK_TLS_KEY"]
  }),
  ca_file: Setting.optional(Schema.NonEmptyString, {
    description: "PEM file of the authorities that client certificates are checked against."
  }),
  verify_client: Setting.field(SettingTypes.Boolean, false, {
    description: "Refuse clients without a certificate signed by an authority of ca_file."
  }),
  verify_depth: Setting.optional(SettingTypes.int(1), {
    description: "Longest chain of a client certificate.",
    notApplied: "Node has no option for it"
  }),
  min_version: Setting.field(TlsVersion, "TLSv1.2", { description: "Oldest TLS version." }),
  max_version: Setting.field(TlsVersion, "TLSv1.3", { description: "Newest TLS version." }),
  ciphers: Setting.optional(SettingTypes.list(Schema.NonEmptyString), {
    description: "Cipher suites by IANA or OpenSSL name; an unknown name fails the start. Default: Node's list."
  }),
  auto_reload: Setting.optional(SettingTypes.Boolean, {
    description: "Load renewed certificates.",
    notApplied: reloadLater
  }),
  reload_interval: Setting.optional(SettingTypes.Duration, {
    description: "How often to look for renewed certificates.",
    unit: "duration",
    notApplied: reloadLater
  })
})

const LoadBalancing = Setting.section({
  strategy: Setting.optional(Schema.Literals(["round_robin", "least_connections", "ip_hash"]), {
    description: "How connections are spread over processes.",
    notApplied: balancingLater
  }),
  health_check: Setting.section({
    enabled: Setting.optional(SettingTypes.Boolean, {
      description: "Check the processes.",
      notApplied: balancingLater
    }),
    interval: Setting.optional(SettingTypes.Duration, {
      description: "Time between checks.",
      unit: "duration",
      notApplied: balancingLater
    }),
    timeout: Setting.optional(SettingTypes.Duration, {
      description: "Time for one check.",
      unit: "duration",
      notApplied: balancingLater
    }),
    unhealthy_threshold: Setting.optional(SettingTypes.int(1), {
      description: "Failed checks until a process gets no connections.",
      notApplied: balancingLater
    }),
    healthy_threshold: Setting.optional(SettingTypes.int(1), {
      description: "Passed checks until it gets them again.",
      notApplied: balancingLater
    })
  })
})

const RateLimit = Setting.section({
  enabled: Setting.optional(SettingTypes.Boolean, { description: "Limit requests.", notApplied: rateLater }),
  requests_per_second: Setting.optional(SettingTypes.int(1), {
    description: "Requests per second of one client.",
    notApplied: rateLater
  }),
  burst: Setting.optional(SettingTypes.int(1), {
    description: "Requests that may come at once.",
    notApplied: rateLater
  }),
  strategy: Setting.optional(Schema.Literals(["token_bucket", "leaky_bucket"]), {
    description: "How the limit is counted.",
    notApplied: rateLater
  })
})

/** RFC 7518 section 3.2: an HS256 key has at least the size of the hash. */
const JwtSecret = Schema.String.check(
  Schema.makeFilter((secret) =>
    new TextEncoder().encode(secret).length >= 32 || "Expected a secret of at least 32 bytes"
  )
)

const Auth = Setting.section({
  jwt: Setting.section({
    secret: Setting.optional(Schema.RedactedFromValue(JwtSecret), {
      description: "HS256 secret of at least 32 bytes that signs and verifies tokens.",
      env: ["JWT_SECRET"],
      secret: true
    }),
    generate_secret: Setting.field(SettingTypes.Boolean, true, {
      description:
        "Without a secret: make one and keep it in the data directory. Off: the start fails without a secret."
    }),
    issuer: Setting.field(Schema.NonEmptyString, "heptad", {
      description: "The `iss` claim that is asked for.",
      reloadable: true
    }),
    audience: Setting.field(Schema.NonEmptyString, "api", {
      description: "The `aud` claim that is asked for.",
      reloadable: true
    }),
    leeway: Setting.field(SettingTypes.Duration, "5s", {
      description: "How far the clocks of issuer and server may differ.",
      unit: "duration",
      reloadable: true
    }),
    ttl: Setting.field(SettingTypes.Duration, "1h", {
      description: "How long tokens made by this server are good.",
      unit: "duration",
      reloadable: true
    }),
    max_token_size: Setting.field(SettingTypes.Bytes, "4KB", {
      description: "Larger tokens are refused unread.",
      unit: "bytes",
      reloadable: true
    })
  }),
  roles_from_token: Setting.field(SettingTypes.Boolean, false, {
    description: "Believe the `roles` claim. Off: roles come from the plugin that keeps the permissions only.",
    reloadable: true
  })
})

export const NetworkConfig = Setting.section({
  tcp: Tcp,
  http: Http,
  tls: Tls,
  load_balancing: LoadBalancing,
  rate_limit: RateLimit,
  auth: Auth
})

/** The decoded section. */
export interface NetworkConfig extends Schema.Schema.Type<typeof NetworkConfig> {}
