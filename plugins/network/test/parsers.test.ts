/** Bytes of strangers: whatever stands in a key set, a PEM file, a token's header or a certificate's names is no defect. */
import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { headerOf } from "../src/internal/jwtHeader.ts"
import { ofJwks, ofPem } from "../src/internal/publicKeys.ts"
import { alternativeNames } from "../src/internal/tlsNames.ts"
import { ec256, jwk, jwks, pem, rsa } from "./signing.ts"

/** A text with one piece replaced. */
const damaged = (text: string) =>
  fc.tuple(fc.nat(text.length), fc.nat(20), fc.string({ unit: "binary", maxLength: 20 }))
    .map(([at, length, piece]) => text.slice(0, at) + piece + text.slice(at + length))

const texts = (...originals: ReadonlyArray<string>) =>
  fc.oneof(fc.string({ unit: "binary" }), fc.json(), ...originals.map(damaged))

/** The keys, or half a sentence. */
const parsed = (parse: (text: string) => ReadonlyArray<unknown>, text: string): unknown => {
  try {
    return parse(text).length
  } catch (error) {
    return error instanceof Error ? error.message : error
  }
}

const told = /^(it holds|it is no JSON Web Key Set|block \d+ is)/

const valuesOf = (text: string, wanted: string) =>
  alternativeNames(text).filter(({ kind }) => kind === wanted).map(({ value }) => value)

describe("what strangers send", () => {
  it("a damaged key set or PEM file has keys or a sentence", () => {
    fc.assert(fc.property(texts(jwks(jwk(rsa), jwk(ec256)), jwks(null, 1, [])), (text) => {
      expect(String(parsed(ofJwks, text))).toMatch(/^[12]$|^it /)
    }))
    fc.assert(fc.property(texts(pem(rsa) + pem(ec256)), (text) => {
      const found = parsed(ofPem, text)
      if (typeof found === "string") expect(found).toMatch(told)
      else expect(found).toBeTypeOf("number")
    }))
  })

  it("a set of anything is passed over but for its keys", () => {
    fc.assert(fc.property(fc.array(fc.anything(), { maxLength: 20 }), (others) => {
      const text = JSON.stringify(
        { keys: [...others, jwk(rsa)] },
        (_, value) => typeof value === "bigint" ? String(value) : value
      )
      expect(parsed(ofJwks, text)).toBe(1)
    }))
  })

  it("the header of a token is one of ours or a fault", () => {
    const part = fc.json().map((text) => Buffer.from(text).toString("base64url"))
    const token = fc.tuple(part, part, part).map((parts) => parts.join("."))
    fc.assert(fc.property(fc.oneof(fc.string({ unit: "binary" }), token), (text) => {
      expect(headerOf(text, new Set(["HS256", "RS256"]))).toMatch(/^(malformed|algorithm|header|signature)$/)
    }))
  })

  it("names of a certificate are what was written, and no two of what was one", () => {
    const name = fc.string({ minLength: 1 }).filter((text) => !/[,"\\]/.test(text))
    fc.assert(fc.property(fc.array(name, { minLength: 1, maxLength: 5 }), fc.string(), (names, odd) => {
      const text = [...names.map((each) => `DNS:${each}`), `URI:${JSON.stringify(odd)}`].join(", ")
      expect(valuesOf(text, "URI")).toEqual([odd])
      expect(valuesOf(text, "DNS")).toEqual(names)
    }))
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => {
      expect(valuesOf(text, "DNS").every((each) => typeof each === "string")).toBe(true)
    }))
  })
})
