/** Request id, rate limit, CORS and security headers as Fastify's own plugins give them, and pino's asynchronous file. */
import { fastifyCors } from "@fastify/cors"
import { fastifyHelmet } from "@fastify/helmet"
import { fastifyRateLimit } from "@fastify/rate-limit"
import { fastify, LogController } from "fastify"
import { randomUUID } from "node:crypto"
import { pino } from "pino"
import { corsHeaders, corsMaxAge, corsMethods, limitOf, origin, requestIdOf } from "../agreed.ts"
import { logFile } from "../features.ts"
import { ajv } from "./fastifyRoutes.ts"

const [, , port, folder = "", , ...switches] = process.argv

/** As pino's page on asynchronous logging has it, but for a flush each second instead of each tenth. */
const destination = pino.destination({ dest: logFile(folder), sync: false, minLength: 4096 })
setInterval(() => destination.flush(), 1000).unref()

/** `ownLines`: leave out the two lines that Fastify writes about a request. */
export const withPlugins = async (options: { readonly ownLines: boolean }) => {
  const app = fastify({
    ajv,
    logger: { stream: destination },
    logController: new LogController({ disableRequestLogging: options.ownLines }),
    genReqId: (request) => requestIdOf(request.headers["x-request-id"], randomUUID)
  })
  app.addHook("onRequest", (request, reply, done) => {
    reply.header("x-request-id", request.id)
    done()
  })
  await app.register(fastifyRateLimit, { max: limitOf(switches), timeWindow: 1000, enableDraftSpec: true })
  await app.register(fastifyCors, {
    origin: [origin],
    methods: corsMethods,
    allowedHeaders: corsHeaders,
    maxAge: corsMaxAge
  })
  await app.register(fastifyHelmet, { hsts: false })
  return app
}

export const address = { port: Number(port), host: "127.0.0.1" }
