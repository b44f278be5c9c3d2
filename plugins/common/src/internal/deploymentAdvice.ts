/** What `deployment` asks for and an app does not do. */
import type { Settings } from "@heptad/kernel"
import type { Deployment } from "../Deployment.ts"

type Named = NonNullable<Deployment["systems"]>

const withoutEffect = (key: string, message: string): Settings.Advice => ({
  kind: "not-applied",
  keys: [key],
  message: `setting not applied: ${key}: ${message}`
})

const patternAdvice = ({ pattern = "monolith" }: Deployment) =>
  pattern === "monolith" ? [] : [
    withoutEffect(
      "deployment.pattern",
      `${pattern}: the plugins under deployment.systems start in this process, and none is replaced by a remote one`
    )
  ]

/** The names alone: what an npm package brings is known only when it is loaded. */
const namesOf = (named: Named): ReadonlyArray<string> =>
  named.filter((name) => typeof name === "string").filter((name) => !name.includes("@"))

/** For apps whose list of plugins stands in their code: it is not what the settings say, and wins. */
const compositionAdvice = (deployment: Deployment, running: ReadonlySet<string>) =>
  (["systems", "applications"] as const).flatMap((key) => {
    const absent = namesOf(deployment[key] ?? []).filter((name) => !running.has(name))
    return absent.length === 0 ? [] : [
      withoutEffect(`deployment.${key}`, `this app chooses its plugins itself, without ${absent.join(", ")}`)
    ]
  })

/** `sections` are those of the plugins that start. */
export const advise = (
  deployment: Deployment,
  sections: ReadonlyArray<Settings.Section>
): ReadonlyArray<Settings.Advice> => [
  ...patternAdvice(deployment),
  ...compositionAdvice(deployment, new Set(sections.map(({ name }) => name)))
]
