/** The two routes, with Fastify's JSON Schema on the way in (ajv) and out (fast-json-stringify). */
import type { FastifyInstance } from "fastify"
import { jsonSchema, type Order } from "../order.ts"

// Fastify turns "5" into 5 by default; nobody else here does, so it is off.
export const ajv = { customOptions: { coerceTypes: false } } as const

export const addRoutes = (app: FastifyInstance): void => {
  app.get("/", (_request, reply) => reply.type("text/plain").send("hello"))
  app.post<{ Body: Order }>(
    "/echo",
    { schema: { body: jsonSchema, response: { 200: jsonSchema } } },
    (request, reply) => reply.send(request.body)
  )
}
