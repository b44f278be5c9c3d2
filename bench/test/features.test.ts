/** The checks that decide whether a side with production features does the agreed work. */
import { describe, expect, it } from "vitest"
import { lineAbout } from "../src/accessLines.ts"
import { headerNames, requestIdOf } from "../src/agreed.ts"
import { sumOf } from "../src/exposition.ts"
import { namesOf, wrongFields } from "../src/sameFeatures.ts"
import { fastifyStandard, oursFeatures } from "../src/servers.ts"

const text = [
  "# TYPE http_requests_total counter",
  "http_requests_total{method=\"GET\",status=\"200\"} 5",
  "http_requests_total{status=\"200\",method=\"POST\"} 7",
  "http_requests_total{method=\"POST\",status=\"400\"} 2",
  "http_request_duration_seconds_count 14"
].join("\n")

describe("sumOf", () => {
  it("adds the series that carry the labels, in any order of labels", () => {
    expect(sumOf(text, "http_requests_total", { method: "POST" })).toBe(9)
    expect(sumOf(text, "http_requests_total", { method: "POST", status: "200" })).toBe(7)
    expect(sumOf(text, "http_requests_total")).toBe(14)
  })
  it("reads series without labels", () => expect(sumOf(text, "http_request_duration_seconds_count")).toBe(14))
  it("of no series is nothing, which is not zero", () => {
    expect(sumOf(text, "http_requests")).toBeUndefined()
    expect(sumOf(text, "http_requests_total", { method: "PUT" })).toBeUndefined()
  })
})

describe("the access line", () => {
  const line = {
    "@timestamp": "2026-01-01T00:00:00Z",
    level: "INFO",
    message: "request",
    method: "POST",
    endpoint: "/echo",
    status: 200,
    duration_ms: 0.5,
    request_id: "id-1"
  }
  const fields = oursFeatures.features?.fields
  const wrong = (...lines: ReadonlyArray<object | string>) =>
    fields === undefined ? ["no fields"] : wrongFields(
      lineAbout(lines.map((one) => typeof one === "string" ? one : JSON.stringify(one)).join("\n"), "id-1", fields),
      "id-1"
    )

  it("has every agreed field", () => expect(wrong("half a li", line, { ...line, request_id: "other" })).toEqual([]))
  it("is wrong where a field is missing or says something else", () => {
    expect(wrong({ ...line, status: "200" })).toEqual(["status"])
    expect(wrong({ ...line, duration_ms: undefined, message: "" })).toEqual(["message", "duration_ms"])
  })
  it("of another request does not count", () => expect(wrong({ ...line, request_id: "other" })).toHaveLength(8))
  it("may be told in two lines", () => {
    const two = [
      { level: 30, time: 1, msg: "incoming request", reqId: "id-1", req: { method: "POST", url: "/echo" } },
      { level: 30, time: 2, msg: "request completed", reqId: "id-1", res: { statusCode: 200 }, responseTime: 1.5 }
    ].map((one) => JSON.stringify(one)).join("\n")
    const names = fastifyStandard.features?.fields
    expect(names === undefined ? ["no fields"] : wrongFields(lineAbout(two, "id-1", names), "id-1")).toEqual([])
  })
})

describe("header names", () => {
  it("are compared without those of the transport, and with every draft of RateLimit as one", () =>
    expect(
      namesOf({ date: "x", connection: "keep-alive", "ratelimit-limit": "1", "ratelimit-reset": "1", vary: "Origin" })
    )
      .toEqual(["ratelimit", "vary"]))
  it("are fifteen: eleven for security, two for CORS, the request id and the limit", () =>
    expect(headerNames).toEqual([
      "access-control-allow-origin",
      "content-security-policy",
      "cross-origin-opener-policy",
      "cross-origin-resource-policy",
      "origin-agent-cluster",
      "ratelimit",
      "referrer-policy",
      "vary",
      "x-content-type-options",
      "x-dns-prefetch-control",
      "x-download-options",
      "x-frame-options",
      "x-permitted-cross-domain-policies",
      "x-request-id",
      "x-xss-protection"
    ]))
})

describe("the request id", () => {
  const make = () => "made"
  it("is the client's when it is sane", () => expect(requestIdOf("abcd-1234", make)).toBe("abcd-1234"))
  it("is made where the client sends none, several or something that forges log lines", () =>
    expect(
      [undefined, ["abcd-1234", "abcd-1235"], "abc", "with \"quotes\"", "a".repeat(129)].map((one) =>
        requestIdOf(one, make)
      )
    )
      .toEqual(Array.from({ length: 5 }, make)))
})
