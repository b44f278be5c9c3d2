/** The type of settings that hold origins, as browsers write them: https://html.spec.whatwg.org/#ascii-serialisation-of-an-origin. */
import * as Schema from "effect/Schema"

/** A first label `*` stands for every subdomain. */
const written = /^[a-z][a-z0-9+.-]*:\/\/(?:(?:\*\.)?[a-z0-9_-]+(?:\.[a-z0-9_-]+)*|\[[0-9a-f:.]+\])(?::[1-9]\d{0,4})?$/

/** What a browser leaves out would never match. */
const hasDefaultPort = /^(?:https:.*[^\]]:443|http:.*[^\]]:80)$/

const expected = "Expected an origin as browsers send it, in lower case and without a path: " +
  `"https://example.com", "http://localhost:3000", "https://*.example.com" for every subdomain, or "null"`

const isOrigin = (text: string): boolean => text === "null" || (written.test(text) && !hasDefaultPort.test(text))

export const Origin = Schema.String.check(Schema.makeFilter((text) => isOrigin(text) || expected))

/** An origin, or `*` for all of them. */
export const OriginOrAny = Schema.String.check(
  Schema.makeFilter((text) => text === "*" || isOrigin(text) || `${expected}; or "*" for all of them`)
)
