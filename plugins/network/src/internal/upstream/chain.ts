/** What happens to every request to an upstream, in one list, from the inside to the outside. `policy.ts` has it in words. */
import { pipe } from "effect/Function"
import { balanced } from "./balancePolicy.ts"
import { breaking } from "./breakerPolicy.ts"
import { bulkheaded } from "./bulkheadPolicy.ts"
import type { Send } from "./call.ts"
import { retrying } from "./retryPolicy.ts"
import { timed } from "./timeoutPolicy.ts"
import type { Upstream } from "./upstream.ts"

/** The time for all of it is the outermost: every wait and every try above is held against the deadline of the call. */
export const chain = (upstream: Upstream): Send =>
  pipe(
    upstream.transport.send,
    balanced(upstream),
    timed(upstream),
    retrying(upstream),
    breaking(upstream),
    bulkheaded(upstream)
  )
