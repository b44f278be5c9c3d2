/** Which limit holds for a request: that of its route, or that of all others. */
import type { NetworkConfig } from "../../config.ts"
import type { Exchange } from "../exchange.ts"
import type { RouteOf } from "./keys.ts"
import { Quota, type Surroundings } from "./Quota.ts"
import { mostExact } from "./routePatterns.ts"

export class Rules {
  /** One for each limit, that of all others first. */
  readonly all: ReadonlyArray<Quota>
  readonly #others: Quota
  readonly #byRoute: ReadonlyMap<string, Quota>
  readonly #routeOf: RouteOf
  /** By method and template: not more than there are routes. */
  readonly #found = new Map<string, Quota>()

  /** `before`: those of the settings before, whose clients keep their debts where they can. */
  constructor(settings: NetworkConfig["rate_limit"], routeOf: RouteOf, surroundings: Surroundings, before?: Rules) {
    const make = (terms: Quota["terms"]) =>
      new Quota(terms, settings, surroundings, before?.all.find((quota) => quota.terms.name === terms.name))
    this.#others = make({ ...settings, name: "default" })
    // Of two with the same name the first one counts, as the plan says.
    this.#byRoute = new Map(
      settings.routes.toReversed().map(({ route, ...terms }) => [route, make({ ...terms, name: route })])
    )
    this.all = [this.#others, ...this.#byRoute.values()]
    this.#routeOf = routeOf
  }

  of({ method, url }: Exchange): Quota {
    if (this.#byRoute.size === 0) return this.#others
    const route = this.#routeOf(method, url)
    return this.#found.get(route) ?? this.#find(route)
  }

  #find(route: string): Quota {
    const pattern = mostExact([...this.#byRoute.keys()], route)
    const found = pattern === undefined ? this.#others : this.#byRoute.get(pattern) ?? this.#others
    this.#found.set(route, found)
    return found
  }
}
