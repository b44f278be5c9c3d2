/** Fastify without plugins and request log. `node fastify.ts <port>` */
import { fastify } from "fastify"
import { addRoutes, ajv } from "./fastifyRoutes.ts"

const app = fastify({ logger: false, ajv })
addRoutes(app)
await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" })
