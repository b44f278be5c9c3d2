/**
 * The body of the echo work in its four spellings: the sample, a type, a JSON Schema and a hand-written check. Every side
 * tests the same fields, types and bounds, so that validation costs each of them the same decisions.
 */

export interface Line {
  readonly sku: string
  readonly quantity: number
  readonly unit_price_cents: number
}

export interface Order {
  readonly customer: string
  readonly reference: string
  readonly currency: string
  readonly express: boolean
  readonly total_cents: number
  readonly tags: ReadonlyArray<string>
  readonly lines: ReadonlyArray<Line>
  readonly note: string
}

/** Upper bounds that every validator enforces. */
export const limits = { text: 64, note: 1024, items: 32 } as const

const lines: ReadonlyArray<Line> = Array.from({ length: 10 }, (_, index) => ({
  sku: `SKU-${1000 + index}`,
  quantity: index + 1,
  unit_price_cents: 1250 + index
}))

const unpadded: Order = {
  customer: "acme",
  reference: "PO-2026-000117",
  currency: "EUR",
  express: true,
  total_cents: 69_245,
  tags: ["wholesale", "recurring", "europe"],
  lines,
  note: ""
}

const bodyBytes = 1024

/** Exactly 1 KiB as JSON. */
export const sample: Order = { ...unpadded, note: "n".repeat(bodyBytes - JSON.stringify(unpadded).length) }

/** What every side has to refuse with a status of 400 to 499. */
export const invalid: ReadonlyArray<readonly [what: string, body: string]> = [
  ["malformed JSON", "{\"customer\":"],
  ["a missing field", JSON.stringify({ ...sample, customer: undefined })],
  ["a wrong type", JSON.stringify({ ...sample, total_cents: "69245" })],
  ["a wrong type inside a list", JSON.stringify({ ...sample, lines: [{ ...lines[0], quantity: 0.5 }] })],
  ["a value out of bounds", JSON.stringify({ ...sample, reference: "r".repeat(limits.text + 1) })]
]

const text = { type: "string", minLength: 1, maxLength: limits.text }
const line = {
  type: "object",
  required: ["sku", "quantity", "unit_price_cents"],
  properties: {
    sku: text,
    quantity: { type: "integer", minimum: 1 },
    unit_price_cents: { type: "integer", minimum: 0 }
  }
}

export const jsonSchema = {
  type: "object",
  required: Object.keys(unpadded),
  properties: {
    customer: text,
    reference: text,
    currency: text,
    express: { type: "boolean" },
    total_cents: { type: "integer", minimum: 0 },
    tags: { type: "array", maxItems: limits.items, items: text },
    lines: { type: "array", maxItems: limits.items, items: line },
    note: { type: "string", maxLength: limits.note }
  }
}

const has = <const Key extends string>(value: unknown, key: Key): value is Readonly<Record<Key, unknown>> =>
  typeof value === "object" && value !== null && key in value

const isText = (value: unknown): boolean =>
  typeof value === "string" && value.length >= 1 && value.length <= limits.text

const isCount = (value: unknown, minimum: number): boolean =>
  typeof value === "number" && Number.isInteger(value) && value >= minimum

const isList = (value: unknown, item: (value: unknown) => boolean): boolean =>
  Array.isArray(value) && value.length <= limits.items && value.every(item)

const isLine = (value: unknown): boolean =>
  has(value, "sku") && isText(value.sku) && has(value, "quantity") && isCount(value.quantity, 1) &&
  has(value, "unit_price_cents") && isCount(value.unit_price_cents, 0)

/** What somebody without a validation library writes: used for raw node:http, hono and NestJS. */
export const isOrder = (value: unknown): value is Order =>
  has(value, "customer") && isText(value.customer) && has(value, "reference") && isText(value.reference) &&
  has(value, "currency") && isText(value.currency) && has(value, "express") && typeof value.express === "boolean" &&
  has(value, "total_cents") && isCount(value.total_cents, 0) && has(value, "tags") && isList(value.tags, isText) &&
  has(value, "lines") && isList(value.lines, isLine) &&
  has(value, "note") && typeof value.note === "string" && value.note.length <= limits.note
