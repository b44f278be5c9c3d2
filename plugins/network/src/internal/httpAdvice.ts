/** What an operator should know about the settings of CORS, CSRF and compression, though it is no fault. */
import { Advice } from "@heptad/common"
import type { Settings } from "@heptad/kernel"
import type { NetworkConfig } from "../config.ts"

const nobodyAllowed = ({ http: { cors } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  cors.enabled && cors.allowed_origins.length === 0
    ? [Advice.contradiction(
      ["network.http.cors.enabled", "network.http.cors.allowed_origins"],
      "network.http.cors.enabled is true, but network.http.cors.allowed_origins is empty and wins: no page of another " +
        "origin may call this server. List origins, or switch it off."
    )]
    : []

/** Any page may sandbox itself into this origin. */
const sandboxes = ({ http: { cors } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  cors.enabled && cors.allow_credentials && cors.allowed_origins.includes("null")
    ? [Advice.hint(
      ["network.http.cors.allowed_origins", "network.http.cors.allow_credentials"],
      "network.http.cors.allowed_origins has null, with credentials: a page of anybody can give itself this origin and " +
        "read what a visitor may read. List real origins."
    )]
    : []

const tokenAlone = ({ http: { csrf } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  csrf.token.enabled && !csrf.enabled
    ? [Advice.contradiction(
      ["network.http.csrf.token.enabled", "network.http.csrf.enabled"],
      "network.http.csrf.token.enabled is true, but network.http.csrf.enabled is false and wins: no request is checked. " +
        "Enable both, or none."
    )]
    : []

const noAlgorithm = ({ http: { compression } }: NetworkConfig): ReadonlyArray<Settings.Advice> =>
  compression.enabled && compression.algorithms.length === 0
    ? [Advice.contradiction(
      ["network.http.compression.enabled", "network.http.compression.algorithms"],
      "network.http.compression.enabled is true, but network.http.compression.algorithms is empty and wins: no answer is " +
        "compressed. List algorithms, or switch it off."
    )]
    : []

const offTheScale = ({ http: { compression } }: NetworkConfig): ReadonlyArray<Settings.Advice> => {
  const names = compression.algorithms.filter((name) => name === "gzip" || name === "deflate")
  return compression.enabled && compression.level > 9 && names.length > 0
    ? [Advice.hint(
      ["network.http.compression.level"],
      `network.http.compression.level is ${compression.level}; the scale of ${
        names.join(" and ")
      } ends at 9, which is taken`
    )]
    : []
}

export const httpAdvice = (config: NetworkConfig): ReadonlyArray<Settings.Advice> => [
  ...nobodyAllowed(config),
  ...sandboxes(config),
  ...tokenAlone(config),
  ...noAlgorithm(config),
  ...offTheScale(config)
]
