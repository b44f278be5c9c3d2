/** Raw node:http: what is left when there is no framework. `node raw.ts <port>` */
import * as http from "node:http"
import { isOrder } from "../order.ts"

/** Without an explicit writeHead node knows the length and sends Content-Length instead of chunks. */
const answer = (response: http.ServerResponse, status: number, type: string, body: string): void => {
  response.statusCode = status
  response.setHeader("content-type", type)
  response.end(body)
}

const parsed = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const echo = (request: http.IncomingMessage, response: http.ServerResponse): void => {
  const chunks: Array<Buffer> = []
  request.on("data", (chunk) => chunks.push(chunk))
  request.on("end", () => {
    const order = parsed(Buffer.concat(chunks).toString())
    if (!isOrder(order)) return answer(response, 400, "text/plain", "invalid order")
    answer(response, 200, "application/json", JSON.stringify(order))
  })
}

const server = http.createServer((request, response) => {
  if (request.method === "GET" && request.url === "/") {
    answer(response, 200, "text/plain", "hello")
  } else if (request.method === "POST" && request.url === "/echo") echo(request, response)
  else answer(response, 404, "text/plain", "not found")
})
if (process.argv.includes("patient")) server.keepAliveTimeout = 120_000
server.listen(Number(process.argv[2]), "127.0.0.1")
