/** A client of the orders API that fails loudly. */
import { setTimeout as delay } from "node:timers/promises"

export interface OrderJson {
  readonly id: string
  readonly customer: string
  readonly total_cents: number
  readonly status: "accepted" | "fulfilled"
  readonly created_at: string
}

export const newOrder = (index: number) => ({
  customer: `customer ${index}`,
  lines: [{ sku: `SKU-${index}`, quantity: 2, unit_price_cents: 1250 + index }]
})

export class Shop {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>

  constructor(url: string, token: string) {
    this.url = url
    this.headers = { authorization: `Bearer ${token}`, "content-type": "application/json" }
  }

  request(method: string, path: string, body?: unknown, headers: Readonly<Record<string, string>> = {}) {
    return fetch(`${this.url}${path}`, {
      method,
      headers: { ...this.headers, ...headers },
      ...(body === undefined ? {} : { body: JSON.stringify(body) })
    })
  }

  async post(index: number, headers: Readonly<Record<string, string>> = {}): Promise<OrderJson> {
    const answer = await this.request("POST", "/orders", newOrder(index), headers)
    if (answer.status !== 201) throw new Error(`POST /orders: ${answer.status} ${await answer.text()}`)
    return await answer.json() as OrderJson
  }

  async get(id: string): Promise<OrderJson> {
    const answer = await this.request("GET", `/orders/${id}`)
    if (answer.status !== 200) throw new Error(`GET /orders/${id}: ${answer.status} ${await answer.text()}`)
    return await answer.json() as OrderJson
  }

  /** All orders, page by page. */
  async all(limit = 100): Promise<ReadonlyArray<OrderJson>> {
    const orders: Array<OrderJson> = []
    let cursor: string | undefined
    do {
      const query = cursor === undefined ? "" : `&cursor=${encodeURIComponent(cursor)}`
      const answer = await this.request("GET", `/orders?limit=${limit}${query}`)
      if (answer.status !== 200) throw new Error(`GET /orders: ${answer.status} ${await answer.text()}`)
      const page = await answer.json() as { orders: ReadonlyArray<OrderJson>; next_cursor?: string }
      orders.push(...page.orders)
      cursor = page.next_cursor
    } while (cursor !== undefined)
    return orders
  }

  async invoice(id: string): Promise<Uint8Array> {
    const answer = await this.request("GET", `/orders/${id}/invoice`)
    if (answer.status !== 200) throw new Error(`GET invoice of ${id}: ${answer.status} ${await answer.text()}`)
    return new Uint8Array(await answer.arrayBuffer())
  }
}

/** Runs `work` for 0 .. count-1 from so many concurrent clients. */
export const fromClients = async <A>(
  clients: number,
  count: number,
  work: (index: number) => Promise<A>
): Promise<ReadonlyArray<A>> => {
  const results: Array<A> = []
  let next = 0
  const client = async () => {
    while (next < count) {
      const index = next++
      results[index] = await work(index)
      await delay(0)
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  return results
}
