/**
 * Fastify as most people run it: plugins with their defaults, fastify-metrics (a histogram and a summary per request) and the two
 * request lines of Fastify itself. `node fastifyStandard.ts <port> <folder> <metrics port> [low-limit]`
 */
import metrics from "fastify-metrics"
import { address, withPlugins } from "./fastifyPlugins.ts"
import { addRoutes } from "./fastifyRoutes.ts"

const app = await withPlugins({ ownLines: false })
await app.register(metrics.default, { endpoint: "/metrics" })
addRoutes(app)
await app.listen(address)
