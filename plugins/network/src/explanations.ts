/** The errors of network, explained. docs/errors.md has them in this order. */
import { credentials } from "./explanations/credentials.ts"
import { framed } from "./explanations/framed.ts"
import { keys } from "./explanations/keys.ts"
import { listen } from "./explanations/listen.ts"
import { permissions } from "./explanations/permissions.ts"
import { rateLimit } from "./explanations/rateLimit.ts"
import { upstreams } from "./explanations/upstreams.ts"

export const explanations = [listen, keys, credentials, permissions, upstreams, framed, rateLimit].flat()
