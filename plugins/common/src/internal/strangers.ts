/**
 * Environment variables that look as if they set something and do not: names of the guide that belong to what this server
 * does not have, and names of the two families that exist for settings alone.
 */
import type { Settings } from "@heptad/kernel"
import type * as Setting from "../Setting.ts"

const vault = "secrets are not read from Vault; mount them as files and name them with <NAME>_FILE"
const shipping = "logs are not shipped by the app; let a collector read standard output or the log files"
const metadata = "nothing in the app reads it; name it in a setting, for example logger.fields, as ${NAME}"

/** The guide's names without a setting behind them, each with what to do instead. */
const withoutSetting: ReadonlyMap<string, string> = new Map([
  ["API_KEY", "the server keeps hashes of API keys and never a key; see network.auth.api_keys"],
  ["APP_METRICS_URL", "the app does not scrape others; let Prometheus scrape both"],
  ["DATABASE_SERVICE_URL", "there is no database service yet; set DB_PRIMARY_HOST to reach the server itself"],
  ["KCENON_DATABASE_URL", "set DB_PRIMARY_HOST, DB_PRIMARY_PORT, DB_PRIMARY_NAME, DB_PRIMARY_USER and DB_PASSWORD"],
  ["LOG_DESTINATION", shipping],
  ["LOG_INDEX", shipping],
  ["POD_NAME", metadata],
  ["POD_NAMESPACE", metadata],
  ["VAULT_ADDR", vault],
  ["VAULT_TOKEN", vault]
])

const family = /^(?:UNIFIED|KCENON)_/

const whyNot = (name: string, known: ReadonlySet<string>): string | undefined =>
  withoutSetting.get(name) ??
    (family.test(name) && !known.has(name) && !known.has(name.replace(/_FILE$/, ""))
      ? "no setting of this app has this name; `docs/settings.md` lists all"
      : undefined)

/** One sentence for each of them that is set, in the order of their names. */
export const strangers = (
  environment: Readonly<Record<string, string | undefined>>,
  settings: ReadonlyArray<Setting.Description>
): ReadonlyArray<Settings.Advice> => {
  const known = new Set(settings.flatMap(({ names }) => names))
  return Object.keys(environment).toSorted().flatMap((name) => {
    const why = environment[name] === "" || environment[name] === undefined ? undefined : whyNot(name, known)
    return why === undefined
      ? []
      : [{ kind: "not-applied", keys: [], message: `environment variable ${name} has no effect: ${why}` }]
  })
}
