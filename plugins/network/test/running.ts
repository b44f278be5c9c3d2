/** A running app with a few pages, whose settings change while it serves. */
import { changingSettings } from "@heptad/common/testing"
import { Contract, Kernel, type LiveSettings, Plugin, Settings } from "@heptad/kernel"
import { Authenticator, NetworkContract } from "@heptad/network"
import networkManifest from "@heptad/network/package.json" with { type: "json" }
import { NetworkPlugin } from "@heptad/network/plugin"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as HttpRouter from "effect/http/HttpRouter"
import type * as HttpServerRequest from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { Common } from "./memory.ts"

const manifest = {
  name: "@test/pages",
  version: "1.0.0",
  peerDependencies: { [networkManifest.name]: `^${networkManifest.version}` }
}

/** Long and varied enough to be compressed, and better with more effort. */
const lines = Array.from({ length: 2000 }, (_, index) => `order ${index * 7919 % 1009} of ${index % 17} cups`).join(
  "\n"
)

const large = new Uint8Array(64 * 1024 * 1024)

const Pages = Plugin.make({
  manifest,
  contract: Contract.make({ name: "pages", manifest, services: [] }),
  requires: [NetworkContract],
  config: Schema.Struct({}),
  layer: () =>
    Layer.mergeAll(
      HttpRouter.add("GET", "/hello", Response.text("hello")),
      HttpRouter.add("GET", "/long", Response.text(lines)),
      HttpRouter.add("GET", "/large", Response.uint8Array(large)),
      HttpRouter.add("GET", "/never", Effect.never),
      HttpRouter.add(
        "POST",
        "/length",
        (request: HttpServerRequest.HttpServerRequest) =>
          Effect.orDie(Effect.map(request.text, (text) => Response.text(String(text.length))))
      ),
      HttpRouter.use((router) =>
        Effect.flatMap(Authenticator, ({ authenticate }) =>
          router.add("GET", "/who", (request) =>
            Effect.match(authenticate(request), {
              onFailure: (error) =>
                Response.text(error._tag === "Unauthenticated" ? error.fault : error._tag),
              onSuccess: ({ method, subject }) => Response.text(`${method} ${subject}`)
            })))
      )
    )
})

export interface Section {
  readonly overload?: Readonly<Record<string, unknown>>
  readonly proxies?: Readonly<Record<string, unknown>>
  readonly rate_limit?: Readonly<Record<string, unknown>>
  readonly tcp?: Readonly<Record<string, unknown>>
  readonly http?: Readonly<Record<string, unknown>>
  readonly auth?: Readonly<Record<string, unknown>>
  readonly tls?: Readonly<Record<string, unknown>>
  readonly load_balancing?: Readonly<Record<string, unknown>>
  readonly upstreams?: Readonly<Record<string, unknown>>
}

type Change = (next: Section) => Effect.Effect<unknown, unknown, LiveSettings>

/** A client that keeps its idle connection would get half a second to use it again, at the end of each test. */
const { drain } = Settings.empty.timing

const timing = { drain: { ...drain, accept: Duration.millis(20) } }

/** Runs `test` in the app; the settings change when it says so. */
export const running = <A, E, R>(first: Section, test: (change: Change) => Effect.Effect<A, E, R>) => {
  const sections = ({ tcp, ...rest }: Section) => ({ network: { tcp: { port: 0, ...tcp }, ...rest } })
  const settings = changingSettings(sections(first), timing)
  return test((next) => settings.change(sections(next))).pipe(
    Effect.provide(Kernel.layer([Common, NetworkPlugin, Pages]).pipe(Layer.provide(settings.layer)))
  )
}
