/** Where a response ends decides what the load generator counts. */
import { describe, expect, it } from "vitest"
import { readAnswer, writeRequest } from "../src/http1.ts"

const read = (text: string) => readAnswer(Buffer.from(text))

const plain = "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
const chunked = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n"

describe("readAnswer", () => {
  it("reads a body of known length, whatever the case of the header", () => {
    expect(read(plain)).toEqual({ status: 200, bytes: plain.length, body: plain.length - 5, closes: false })
    expect(read(plain.toLowerCase())?.bytes).toBe(plain.length)
  })
  it("waits at every cut of a response", () => {
    for (const whole of [plain, chunked]) {
      for (let cut = 0; cut < whole.length; cut++) expect(read(whole.slice(0, cut))).toBeUndefined()
    }
  })
  it("reads a chunked body up to its last chunk", () => expect(read(chunked)?.bytes).toBe(chunked.length))
  it("does not count bytes of a following response", () => expect(read(plain + plain)?.bytes).toBe(plain.length))
  it("takes a head without length for an empty body", () =>
    expect(read("HTTP/1.1 204 No Content\r\n\r\n")).toMatchObject({ status: 204, bytes: 27 }))
  it("notices that the server closes", () =>
    expect(read("HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 0\r\n\r\n")?.closes).toBe(true))
})

describe("writeRequest", () => {
  it("gives the length of the body in bytes", () =>
    expect(writeRequest("POST", "/echo", "\u00e9")).toContain("\r\nContent-Length: 2\r\n\r\n\u00e9"))
  it("ends a request without a body after its head", () =>
    expect(writeRequest("GET", "/")).toBe(
      "GET / HTTP/1.1\r\nHost: 127.0.0.1\r\nOrigin: https://app.example.com\r\n\r\n"
    ))
})
