/**
 * Tokens whose signature was verified a moment ago, the least recently used forgotten first. The token itself is the key:
 * hashing it with SHA-256 would cost more than finding it, and a map compares whole texts only behind a seeded hash, so
 * time tells nobody how much of a token was right. Nothing is lost for revocation, because a signed token has none: it is
 * good until it expires, and permissions are checked each time.
 */
import type * as jose from "jose"
import type { Principal } from "../Principal.ts"

export interface Verified {
  readonly principal: Principal["Service"]
  readonly claims: jose.JWTPayload
}

export class VerifiedTokens {
  readonly #entries = new Map<string, Verified>()
  #conditions: ReadonlyArray<unknown> = []

  isUnder(conditions: ReadonlyArray<unknown>): boolean {
    return conditions.every((each, index) => each === this.#conditions[index])
  }

  /** Whatever else an acceptance depended on. When one of these is another, everything is forgotten. */
  under(conditions: ReadonlyArray<unknown>): void {
    if (this.isUnder(conditions)) return
    this.#entries.clear()
    this.#conditions = conditions
  }

  get(token: string): Verified | undefined {
    const found = this.#entries.get(token)
    if (found === undefined) return undefined
    this.#entries.delete(token)
    this.#entries.set(token, found)
    return found
  }

  add(token: string, verified: Verified, capacity: number): void {
    if (capacity === 0) return
    for (const oldest of this.#entries.keys()) {
      if (this.#entries.size < capacity) break
      this.#entries.delete(oldest)
    }
    this.#entries.set(token, verified)
  }

  delete(token: string): void {
    this.#entries.delete(token)
  }
}
