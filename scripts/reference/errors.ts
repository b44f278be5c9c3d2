/** docs/errors.md: what `heptad explain-error` says about each error, and every code of the registry. */
import { ErrorCode } from "@heptad/common"
import { run } from "../run.ts"

/** One of the list that the command prints. */
interface Explained {
  readonly plugin: string
  readonly tag: string
  readonly title: string
  readonly cause: string
  readonly remedy: string
  readonly page: string
  readonly code?: ErrorCode.ErrorCode
}

const command = ["--conditions=source", "apps/cli/src/main.ts", "explain-error", "--json"]

/** The command is asked as anybody would ask it, so that the page and the command cannot differ. */
const explained = (): ReadonlyArray<Explained> => JSON.parse(run(process.execPath, command))

/** What Markdown would take for a sign of its own. */
const plain = (text: string): string =>
  text.replaceAll(/[<*`]|(?<!\w)_+|_+(?!\w)/g, (signs) => signs.replaceAll(/./g, "\\$&"))

const facts = ({ httpStatus, name, number, retryable }: ErrorCode.ErrorCode): string =>
  `\`${name}\`, number ${number}, HTTP ${httpStatus}, ${retryable ? "retryable" : "not retryable"}.`

const paragraph = ({ cause, code, remedy, title }: Explained): string =>
  [
    `**${plain(title)}.**${code === undefined ? "" : ` ${facts(code)}`}`,
    "",
    `- Cause: ${plain(cause)}`,
    `- What to do: ${plain(remedy)}`
  ].join("\n")

const grouped = <A>(
  all: ReadonlyArray<A>,
  key: (each: A) => string
): ReadonlyArray<[string, ReadonlyArray<A>]> => [...Map.groupBy(all, key)]

const section = ([plugin, all]: [string, ReadonlyArray<Explained>]): string =>
  [
    `## ${plugin}`,
    ...grouped(all, ({ tag }) => tag).flatMap(([tag, texts]) => [`### ${tag}`, ...texts.map(paragraph)])
  ].join("\n\n")

const row =
  (all: ReadonlyArray<Explained>) => ({ httpStatus, name, number, retryable }: ErrorCode.ErrorCode): string => {
    const carriers = all.filter(({ code }) => code?.number === number)
    const links = carriers.map(({ page, plugin, tag }) => `[${tag} (${plugin})](#${page.slice(page.indexOf("#") + 1)})`)
    return `| \`${name}\` | ${number} | ${httpStatus} | ${retryable ? "yes" : "no"} | ${links.join(", ")} |`
  }

export const errors = (): string => {
  const all = explained()
  return `# Errors

<!-- Made by: npm run reference:fix -->

What each error of the kernel, of the command (\`cli\`) and of the plugins is, where it usually comes from, and what to do first.
\`heptad explain-error <tag, code or number>\` says the same.

${grouped(all, ({ plugin }) => plugin).map(section).join("\n\n")}

## All codes

The registry: one number, one stable name and one HTTP status per kind of failure. Retryable: trying again, unchanged, may succeed.

| Code | Number | HTTP | Retryable | Errors |
|---|---|---|---|---|
${ErrorCode.all.map(row(all)).join("\n")}
`
}
