/** For tests of other packages: network on a free port of the loopback interface, with tokens and permissions in memory. */
import { ErrorDetail } from "@heptad/common"
import { layerMemory as commonMemory } from "@heptad/common/testing"
import { layerQuiet, still } from "@heptad/kernel/testing"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Redacted from "effect/Redacted"
import * as Schema from "effect/Schema"
import { NetworkConfig } from "./config.ts"
import { layer } from "./internal/layer.ts"
import { layer as layerUpstreams } from "./internal/upstream/layer.ts"
import { Permissions } from "./Permissions.ts"
import { TokenIssuer, type TokenRequest } from "./TokenIssuer.ts"

/** Which permissions each role has; roles come from the token. */
export type Roles = Readonly<Record<string, ReadonlyArray<string>>>

/** `Permissions` from a table. */
export const layerPermissions = (roles: Roles): Layer.Layer<Permissions> =>
  Layer.succeed(Permissions, {
    allows: (principal, permission) =>
      Effect.succeed(principal.roles.some((role) => roles[role]?.includes(permission) ?? false))
  })

/** The value of an `Authorization` header for this subject and these roles. */
export const bearer = (request: TokenRequest): Effect.Effect<string, never, TokenIssuer> =>
  Effect.map(
    Effect.orDie(Effect.flatMap(TokenIssuer, (issuer) => issuer.issue(request))),
    (token) => `Bearer ${Redacted.value(token)}`
  )

type Written = typeof NetworkConfig.Encoded

/** The secret of every token in tests. */
export const testSecret = "a secret for tests that is long enough"

/** The settings of `layerTest`, those of `written` (in the spelling of the files) over them. */
export const settings = ({ auth, tcp, ...rest }: Written = {}): NetworkConfig =>
  Schema.decodeSync(NetworkConfig)({
    ...rest,
    tcp: { port: 0, ...tcp },
    auth: { roles_from_token: true, ...auth, jwt: { secret: testSecret, ...auth?.jwt } }
  })

export interface TestOptions {
  readonly roles?: Roles
  readonly settings?: Written
  /** Stacks and causes in problems. Default: off. */
  readonly detailed?: boolean
}

/**
 * Every service of `NetworkContract` and of common in memory, and a `Permissions` table, on a real socket
 * (`Network.address.url`). Provide it to the layers that add routes; send requests when they are built.
 *
 * ```ts
 * layer(OrdersApi.layer.pipe(Layer.provideMerge(layerTest({ roles: { clerk: ["orders:create"] } }))))
 * ```
 */
export const layerTest = (options: TestOptions = {}) =>
  Layer.suspend(() => layer(settings(options.settings), still)).pipe(
    Layer.provide(layerQuiet),
    Layer.provideMerge(
      Layer.mergeAll(commonMemory, ErrorDetail.layer(options.detailed ?? false), layerPermissions(options.roles ?? {}))
    )
  )

/**
 * `ServiceClient` alone, with real policies and sockets and without a server. `upstreams` is in the spelling of the files.
 *
 * ```ts
 * layerServiceClient({ orders: { endpoints: [url], retry: { attempts: 1 } } })
 * ```
 */
export const layerServiceClient = (
  upstreams: NonNullable<Written["upstreams"]>,
  shared: Written["load_balancing"] = {}
) =>
  Layer.suspend(() => layerUpstreams(settings({ load_balancing: shared, upstreams }), still)).pipe(
    Layer.provideMerge(Layer.mergeAll(layerQuiet, commonMemory))
  )
