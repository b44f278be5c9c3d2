/** Hono on @hono/node-server, its `validator` middleware around the hand-written check. `node hono.ts <port>` */
import { serve } from "@hono/node-server"
import { Hono } from "hono"
import { validator } from "hono/validator"
import { isOrder } from "../order.ts"

const app = new Hono()

app.get("/", (context) => context.text("hello"))

app.post(
  "/echo",
  validator("json", (value: unknown, context) => isOrder(value) ? value : context.text("invalid order", 400)),
  (context) => context.json(context.req.valid("json"))
)

serve({ fetch: app.fetch, port: Number(process.argv[2]), hostname: "127.0.0.1" })
