/** docs/settings.md and config/heptad.schema.json: every setting of every plugin, read from the Schemas that decode it. */
import { Setting, SettingsReference } from "@heptad/common"
import { plugins } from "@heptad/monolith"

const all = SettingsReference.all(plugins)

const cell = (text: string): string => text.replaceAll("|", "\\|").replaceAll("\n", " ")

const code = (text: string): string => `\`${cell(text)}\``

const written = (value: unknown): string => typeof value === "string" && value !== "" ? value : JSON.stringify(value)

/** The units that can be written; other units are what is counted. */
const units = new Map([["duration", "ms, s, m, h, d"], ["bytes", "B, KB, MB, GB, TB"], ["percent", "%"]])

const unitOf = ({ unit = "" }: Setting.Description): string => units.get(unit) ?? unit

const defaultOf = ({ default: value, inherits, required }: Setting.Description): string => {
  if (required()) return "required"
  const shown = value === undefined ? "none" : code(written(value))
  return inherits === undefined ? shown : `${code(inherits)}, else ${shown}`
}

/** The path in upper case is told only where it is the only name. */
const environment = ({ env, names }: Setting.Description): string => (env ?? names).map(code).join(", ")

const applied = ({ notApplied, platform }: Setting.Description): string =>
  notApplied === undefined ? platform?.join(", ") ?? "yes" : `no: ${cell(notApplied)}`

const row = (setting: Setting.Description): string =>
  [
    code(setting.path.join(".")),
    cell(Setting.typeOf(setting)),
    unitOf(setting),
    defaultOf(setting),
    environment(setting),
    setting.reloadable === true ? "yes" : "",
    applied(setting),
    cell(setting.description)
  ].join(" | ")

const section = ([name, settings]: [string, ReadonlyArray<Setting.Description>]): string =>
  `## ${name}

| Key | Type | Unit | Default | Environment | Reload | Applied | What it does |
|---|---|---|---|---|---|---|---|
${settings.map((setting) => `| ${row(setting)} |`).join("\n")}
`

const sections = [...Map.groupBy(all, ({ path: [name = ""] }) => name)]

export const settings = (): string =>
  `# Settings

<!-- Made by: npm run reference:fix -->

\`heptad check\` reads them and tells what is wrong with its line; \`heptad config explain <key>\` tells one of them.

- A flag (\`--set a.b.c=value\`) wins over the environment, that over a later file, that over an earlier one, that over the default.
  Files are YAML or JSON; a directory is its files in name order. Maps merge, lists are replaced. An unknown key is a fault.
- Durations: \`100ms\`, \`30s\`, \`5m\`, \`1h\`, \`2d\`. Sizes are binary: \`4KB\` is 4096 bytes. Percentages: \`95%\`. CPU lists: \`[0-15]\`, \`0-3,8\`.
- \`\${NAME}\` and \`\${NAME:-default}\` in a text of a file or flag is the environment variable; \`$\${\` is a plain \`\${\`.
- **Environment**: the first name is the one to use, the others are aliases and told as such. Whatever one text can set is also set by
  its path in upper case, \`UNIFIED_THREAD_QUEUE_CAPACITY\` for \`thread.queue.capacity\`; it is named below where there is no other name.
  \`<NAME>_FILE\` names a file that holds the value. An empty variable counts as not set.
- **Reload**: applied in place when the settings change; what is not marked needs a restart of its plugin.
- **Applied**: where the answer is no, the setting is accepted, and told with the reason whenever somebody writes it.
- \`[]\` is any item of a list, \`<name>\` any name of a map. Top-level \`features\` and \`services\` mean \`common.features\` and \`deployment.services\`.
- Editors: \`# yaml-language-server: $schema=./heptad.schema.json\` as first line of a file beside [heptad.schema.json](../config/heptad.schema.json).

${sections.map(section).join("\n")}`

export const schema = (): string => `${JSON.stringify(SettingsReference.jsonSchema(plugins), undefined, 2)}\n`
