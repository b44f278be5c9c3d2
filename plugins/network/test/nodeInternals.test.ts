/** What the plugin knows of node's own bookkeeping. When one of these fails, node has changed: see internal/nodeInternals.ts. */
import { assert, describe, it } from "@effect/vitest"
import * as http from "node:http"
import * as net from "node:net"
import { Heads } from "../src/internal/heads.ts"
import { answerOn } from "../src/internal/nodeInternals.ts"

type Listener = (request: http.IncomingMessage, response: http.ServerResponse) => void

/** What a server with this listener sends for these bytes. */
const sent = (listener: Listener, bytes: string) =>
  new Promise<string>((resolve, reject) => {
    const server = http.createServer(listener)
    server.on("checkContinue", listener)
    server.listen(0, "127.0.0.1", () => {
      const address = server.address()
      if (typeof address !== "object" || address === null) return reject(new Error("no port"))
      let text = ""
      const socket = net.connect(address.port, "127.0.0.1", () => socket.write(bytes))
      socket.on("data", (part) => text += part.toString())
      socket.on("close", () => server.close(() => resolve(text)))
    })
  })

const fields = ["x-one", "1", "x-two", "2"]

const withoutDate = (text: string): string => text.replace(/Date: .*\r\n/, "")

describe("a head", () => {
  for (const head of ["Connection: close", "Connection: close\r\nExpect: 100-continue"]) {
    it(`is what node would write, in one piece (${JSON.stringify(head)})`, async () => {
      const request = `GET / HTTP/1.1\r\nHost: a\r\n${head}\r\n\r\n`
      const own = await sent((_, response) => {
        new Heads(fields).write(response, 200, "text/plain", ["content-length", "2"])
        response.end("ok")
      }, request)
      const byNode = await sent((_, response) => {
        response.writeHead(200, [...fields, "content-type", "text/plain", "content-length", "2"]).end("ok")
      }, request)
      assert.strictEqual(withoutDate(own), withoutDate(byNode))
      assert.match(
        own,
        /^HTTP\/1\.1 200 OK\r\nx-one: 1\r\nx-two: 2\r\ncontent-type: text\/plain\r\ncontent-length: 2\r\nDate: /
      )
    })
  }

  it("keeps the connection for the next request, and ends it after the last one", async () => {
    const text = await sent(
      (_, response) => {
        new Heads([]).write(response, 404, "", ["content-length", "0"])
        response.end()
      },
      "GET / HTTP/1.1\r\nHost: a\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
    )
    assert.deepStrictEqual(text.match(/HTTP\/1\.1 404 Not Found|Connection: .*/g), [
      "HTTP/1.1 404 Not Found",
      "Connection: keep-alive",
      "HTTP/1.1 404 Not Found",
      "Connection: close"
    ])
  })

  it("with a field that would begin another one is never written", () => {
    const request = new http.IncomingMessage(new net.Socket())
    const response = new http.ServerResponse(request)
    for (const broken of [["x-one", "1\r\nx-two: 2"], ["x one", "1"]]) {
      assert.throws(
        () => new Heads(broken).write(response, 200, "", []),
        /Invalid character|must be a valid HTTP token/
      )
    }
    assert.throws(() => new Heads([]).write(response, 200, "text/plain\r\nx: y", []), /Invalid character/)
    assert.throws(() => new Heads([]).write(response, 200, "text/plain", ["x-one", "1\r\n"]), /Invalid character/)
    assert.isFalse(response.headersSent)
  })
})

it("a connection knows the answer that it waits for, until that is written", async () => {
  const seen: Array<boolean> = []
  await sent((request, response) => {
    seen.push(answerOn(request.socket) === response)
    response.once("close", () => seen.push(answerOn(request.socket) === undefined))
    response.end("ok")
  }, "GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n")
  assert.deepStrictEqual(seen, [true, true])
})
