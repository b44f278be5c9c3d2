/** Compressed request bodies: those that can be read are marked, all others refused before they are read. */
import type { NetworkConfig } from "../config.ts"
import { algorithmOf } from "../internal/contentCoding.ts"
import * as Problem from "../Problem.ts"
import { closing } from "./limits.ts"
import type { Middleware } from "./Middleware.ts"

const unreadable: Problem.Occurrence = { code: "container.invalid_format", status: 415, plugin: "network", detail: "" }

const none: Problem.Occurrence = {
  ...unreadable,
  detail:
    "This server does not read compressed bodies. Send the body as it is, or set network.http.decompression.enabled."
}

const unknown: Problem.Occurrence = {
  ...unreadable,
  detail:
    "This server does not know this Content-Encoding. Send the body as it is, or in one of those that the header " +
    "Accept-Encoding names."
}

/** For a body that is not what its `Content-Encoding` says. */
export const malformed: Problem.Occurrence = {
  code: "common.invalid_argument",
  detail: "The body could not be expanded. Compress it as the header Content-Encoding says, and send all of it."
}

export const decompression = ({ enabled }: NetworkConfig["http"]["decompression"]): Middleware => {
  const [occurrence, accepted] = enabled ? [unknown, "gzip, deflate, br, zstd"] : [none, "identity"]
  return {
    name: "decompression",
    admit: (exchange) => {
      const { contentEncoding } = exchange.head
      if (contentEncoding === undefined || contentEncoding.trim().toLowerCase() === "identity") return undefined
      exchange.bodyCoding = enabled ? algorithmOf(contentEncoding) : undefined
      return exchange.bodyCoding === undefined
        ? Problem.toResponse(Problem.make(occurrence, exchange), { ...closing, "accept-encoding": accepted })
        : undefined
    }
  }
}
