/** The settings of network, one file per section. */
import { Setting } from "@heptad/common"
import type * as Schema from "effect/Schema"
import { Auth } from "./config/auth.ts"
import { Framed } from "./config/framed.ts"
import { Http } from "./config/http.ts"
import { Listen } from "./config/listen.ts"
import { LoadBalancing } from "./config/loadBalancing.ts"
import { Overload } from "./config/overload.ts"
import { Proxies } from "./config/proxies.ts"
import { RateLimit } from "./config/rateLimit.ts"
import { Sse } from "./config/sse.ts"
import { Tcp } from "./config/tcp.ts"
import { Tls } from "./config/tls.ts"
import { Upstreams } from "./config/upstreams.ts"
import { WebSocket } from "./config/webSocket.ts"

export const NetworkConfig = Setting.section({
  tcp: Tcp,
  listen: Listen,
  http: Http,
  tls: Tls,
  websocket: WebSocket,
  sse: Sse,
  load_balancing: LoadBalancing,
  overload: Overload,
  proxies: Proxies,
  rate_limit: RateLimit,
  auth: Auth,
  upstreams: Upstreams,
  framed: Framed
})

/** The decoded section. */
export interface NetworkConfig extends Schema.Schema.Type<typeof NetworkConfig> {}
