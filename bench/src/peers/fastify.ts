/** Fastify with its JSON Schema on the way in (ajv) and out (fast-json-stringify), no request log. `node fastify.ts <port>` */
import { fastify } from "fastify"
import { jsonSchema, type Order } from "../order.ts"

// Fastify turns "5" into 5 by default; nobody else here does, so it is off.
const app = fastify({ logger: false, ajv: { customOptions: { coerceTypes: false } } })

app.get("/", (_request, reply) => reply.type("text/plain").send("hello"))

app.post<{ Body: Order }>(
  "/echo",
  { schema: { body: jsonSchema, response: { 200: jsonSchema } } },
  (request, reply) => reply.send(request.body)
)

await app.listen({ port: Number(process.argv[2]), host: "127.0.0.1" })
