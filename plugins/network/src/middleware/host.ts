/** RFC 9112 section 3.2: a request names its host once. A proxy in between may have read another one of several. */
import * as Problem from "../Problem.ts"
import { closing } from "./limits.ts"
import type { Middleware } from "./Middleware.ts"

const noHost: Problem.Occurrence = {
  code: "network.receive",
  detail: "A request names its host once. Send one header: Host: <name of this server>"
}

/** HTTP/1.0 did not know the header yet, and simple health probes still speak it; HTTP/2 has a field of its own. */
export const host: Middleware = {
  name: "host",
  admit: (exchange) => {
    const { hosts } = exchange.head
    const { httpVersionMajor, httpVersionMinor } = exchange.request
    if (hosts === 1 || (hosts === 0 && (httpVersionMajor > 1 || httpVersionMinor === 0))) return undefined
    return Problem.toResponse(Problem.make(noHost, exchange), closing)
  }
}
