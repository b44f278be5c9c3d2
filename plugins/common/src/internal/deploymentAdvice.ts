/** What `deployment` asks for and an app, or its process, does not do. */
import type { Settings } from "@heptad/kernel"
import * as Advice from "../Advice.ts"
import type { Deployment } from "../Deployment.ts"

type Named = NonNullable<Deployment["systems"]>

const patternAdvice = ({ pattern = "monolith" }: Deployment) =>
  pattern === "monolith" ? [] : [
    Advice.notApplied(
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
      Advice.notApplied(`deployment.${key}`, `this app chooses its plugins itself, without ${absent.join(", ")}`)
    ]
  })

const megabytes = (bytes: number): string => `${Math.round(bytes / 1024 ** 2)} MB`

/** A heap that may grow beyond the instance is not collected before the instance is ended. */
const memoryAdvice = ({ resources: { memory } }: Deployment, heapLimit: number): ReadonlyArray<Settings.Advice> =>
  memory === undefined || heapLimit <= memory ? [] : [Advice.hint(
    ["deployment.resources.memory"],
    `deployment.resources.memory is ${megabytes(memory)}, but the heap may grow to ${megabytes(heapLimit)}: ` +
      `the instance would be ended before. Start Node with --max-old-space-size=${
        Math.floor(memory / 1024 ** 2 * 0.75)
      }`
  )]

/** `sections` are those of the plugins that start; `heapLimit` is what Node lets the heap grow to, in bytes. */
export const advise = (
  deployment: Deployment,
  sections: ReadonlyArray<Settings.Section>,
  heapLimit: number
): ReadonlyArray<Settings.Advice> => [
  ...memoryAdvice(deployment, heapLimit),
  ...patternAdvice(deployment),
  ...compositionAdvice(deployment, new Set(sections.map(({ name }) => name)))
]
