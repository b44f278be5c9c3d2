import { Authorization, type Guard, Principal, TokenIssuer, type TokenNotIssued } from "@heptad/network"
import * as Effect from "effect/Effect"
import type { HttpServerRequest } from "effect/http/HttpServerRequest"
import * as Response from "effect/http/HttpServerResponse"
import type { HttpServerResponse } from "effect/http/HttpServerResponse"
import type * as Redacted from "effect/Redacted"
import { describe, expect, test } from "tstyche"

class Refused {
  readonly _tag = "Refused"
}

declare const Orders: Effect.Effect<string, Refused, "Orders">

const handler = Effect.flatMap(Orders, (text) => Effect.map(Principal, ({ subject }) => Response.text(text + subject)))

describe("Authorization.require", () => {
  test("gives the principal, leaves the handler's own needs and errors, and needs a guard", () => {
    expect(Authorization.require("orders:read")(handler)).type.toBe<
      Effect.Effect<HttpServerResponse, Refused, HttpServerRequest | "Orders" | Guard>
    >()
  })

  test("is for handlers that answer", () => {
    expect(Authorization.require("orders:read")).type.not.toBeCallableWith(Effect.succeed("text"))
  })
})

describe("Principal", () => {
  test("says what proved it", () => {
    expect<Principal["Service"]["method"]>().type.toBe<"jwt" | "api_key" | "mtls">()
  })
})

describe("TokenIssuer", () => {
  test("may have nothing to sign with, and says so", () => {
    expect(TokenIssuer.use(({ issue }) => issue({ sub: "alice" }))).type.toBe<
      Effect.Effect<Redacted.Redacted, TokenNotIssued, TokenIssuer>
    >()
  })
})
