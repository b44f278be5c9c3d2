/**
 * Fastify as somebody runs it who has measured: the same plugins, but one request line and the metrics written by hand.
 * `node fastifyLean.ts <port> <folder> <metrics port> [low-limit]`
 */
import { createServer } from "node:http"
import { Counter, Histogram, register } from "prom-client"
import { buckets } from "../agreed.ts"
import { address, withPlugins } from "./fastifyPlugins.ts"
import { addRoutes } from "./fastifyRoutes.ts"

const app = await withPlugins({ ownLines: true })

const requests = new Counter({ name: "http_requests_total", help: "Requests", labelNames: ["method", "status"] })
const duration = new Histogram({ name: "http_request_duration_seconds", help: "Seconds", buckets })

app.addHook("onResponse", (request, reply, done) => {
  const { elapsedTime, statusCode: status } = reply
  const { id, method, routeOptions: { url: route } } = request
  requests.inc({ method, status })
  duration.observe(elapsedTime / 1000)
  app.log.info({ method, route, status, duration_ms: elapsedTime, request_id: id }, "request")
  done()
})
addRoutes(app)

createServer((_request, response) => {
  void register.metrics().then((text) => response.end(text))
}).listen(Number(process.argv[4]), "127.0.0.1")
await app.listen(address)
