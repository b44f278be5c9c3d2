/** The requests of the sample domain, and whether an answer is right. */
import type { Call, Reply } from "./client.ts"
import type { LoadPlan, Placed } from "./messages.ts"
import type { Kind } from "./mix.ts"

type Answer = Extract<Reply, { readonly status: number }>

/** A request with the judge of its answer: what is wrong, or undefined. */
export interface Exchange {
  readonly call: Call
  readonly judge: (answer: Answer) => string | undefined
}

const quantity = 2

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

const field = (body: unknown, name: string): unknown =>
  typeof body === "object" && body !== null ? Reflect.get(body, name) : undefined

const statusOf = ({ reason, status }: Answer): string =>
  reason === undefined ? `status ${status}` : `status ${status}: ${reason}`

const isOrder = (body: unknown, customer: string, total: number): boolean =>
  field(body, "customer") === customer && field(body, "total_cents") === total && typeof field(body, "id") === "string"

const place = (index: number, fresh: boolean, keep: (order: Placed) => void): Exchange => {
  const price = 1250 + index
  const customer = `drain test ${index}`
  const order = { customer, lines: [{ sku: `SKU-${index}`, quantity, unit_price_cents: price }] }
  return {
    call: { method: "POST", path: "/orders", body: JSON.stringify(order), fresh },
    judge: (answer) => {
      const body = parse(answer.body)
      if (answer.status !== 201) return statusOf(answer)
      if (!isOrder(body, customer, quantity * price)) return "another order than the one that was sent"
      keep({ id: String(field(body, "id")), customer, total_cents: quantity * price, instance: answer.instance })
      return undefined
    }
  }
}

/** An instance with a database of its own does not know the orders of the other one, which must say so with a 404. */
const read = ({ customer, id, instance, total_cents }: Placed, fresh: boolean, shared: boolean): Exchange => ({
  call: { method: "GET", path: `/orders/${id}`, instance, fresh },
  judge: (answer) => {
    const body = parse(answer.body)
    const foreign = !shared && answer.instance !== instance
    if (foreign && answer.status === 404 && field(body, "code") === "common.not_found") return undefined
    if (answer.status !== 200) return statusOf(answer)
    return field(body, "id") === id && isOrder(body, customer, total_cents)
      ? undefined
      : "another order than the one asked"
  }
})

const page = (path: string, fresh: boolean): Exchange => ({
  call: { method: "GET", path, fresh },
  judge: (answer) => answer.status !== 200 ? statusOf(answer) : answer.body === "" ? "an empty page" : undefined
})

/** Touches no database. */
const document = "/openapi.json"

export const make = ({ path, shared }: Pick<LoadPlan, "path" | "shared">, placed: Array<Placed>) => {
  const keep = (order: Placed): void => void placed.push(order)
  return (kind: Kind, index: number, fresh: boolean): Exchange => {
    if (path !== undefined) return page(path, fresh)
    if (kind === "place") return place(index, fresh, keep)
    const order = placed[(index * 7919) % placed.length]
    return kind === "page" || order === undefined ? page(document, fresh) : read(order, fresh, shared)
  }
}
