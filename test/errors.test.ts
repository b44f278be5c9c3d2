/** Every error of the tree has an explanation, and everything that explanations name is there. */
import { Deployment, Setting } from "@heptad/common"
import { StatementCancelled, StatementFailed } from "@heptad/database"
import { plugins } from "@heptad/monolith"
import {
  CredentialFault,
  FramedRemoteError,
  FramedUnreachable,
  TokenFault,
  TokenRejected,
  Unauthenticated,
  UpstreamFailed,
  UpstreamFault
} from "@heptad/network"
import * as Redacted from "effect/Redacted"
import { spawnSync } from "node:child_process"
import { globSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { root } from "./planted/workspace.ts"

/** Errors that nobody reads, with the reason. */
const unexplained: Readonly<Record<string, string>> = {
  "cli/Answered": "only the exit code of a verb that has said everything",
  "orders/KeyTaken": "caught in the file that fails with it, which then reads the order that has the key",
  "monitoring/Refused": "says which listener was refused; the plugin makes PortTaken or BindFailed of it",
  "monitoring/ScrapeFailed": "only in ./testing, for authors of tests"
}

/** Codes that depend on the failure, of every instance that there can be. */
const computed: Readonly<Record<string, ReadonlyArray<string>>> = {
  // One SQLSTATE for each meaning; those that end a session are other errors.
  "database/StatementFailed": ["23505", "23502", "22012", "25P02", "40001", "42601", "53300", "55P03"].map((sqlState) =>
    new StatementFailed({ sqlState, problem: "", remedy: "", server: Redacted.make({}) }).errorCode.name
  ),
  "database/StatementCancelled": (["timeout", "request"] as const).map((reason) =>
    new StatementCancelled({ reason }).errorCode.name
  ),
  "network/TokenRejected": TokenFault.literals.map((fault) => new TokenRejected({ fault }).errorCode.name),
  "network/Unauthenticated": CredentialFault.literals.map((fault) => new Unauthenticated({ fault }).errorCode.name),
  "network/UpstreamFailed": UpstreamFault.literals.map((fault) =>
    new UpstreamFailed({ upstream: "x", fault }).errorCode.name
  ),
  "network/FramedUnreachable": ["ECONNREFUSED", "ETIMEDOUT"].map((problem) =>
    new FramedUnreachable({ host: "", port: 0, problem }).errorCode.name
  ),
  // Any code of the server; this is what becomes of one that is not known here.
  "network/FramedRemoteError": [
    new FramedRemoteError({ code: "", number: 0, detail: "", retryable: false }).errorCode.name
  ]
}

interface Found {
  /** `<package>/<tag>` */
  readonly error: string
  readonly codes: ReadonlyArray<string>
}

/** A class from its head to the head of the next one. */
const classes = /TaggedError<\w+>\(\)\(\s*"(\w+)"[\s\S]*?(?=TaggedError<|$(?![\s\S]))/g

const errorsIn = (home: string, source: string): ReadonlyArray<Found> =>
  [...source.matchAll(classes)].map(([body, tag = ""]) => {
    const error = `${home}/${tag}`
    const literal = [...body.matchAll(/readonly errorCode = ErrorCode\.of\("([\w.]+)"\)/g)].map(([, code = ""]) => code)
    const unknown = literal.length === 0 && body.includes("readonly errorCode") ? [`unknown code of ${error}`] : []
    return { error, codes: computed[error] ?? [...literal, ...unknown] }
  })

const found = globSync("{kernel,plugins/*,apps/*}/src/**/*.ts", { cwd: root }).toSorted().flatMap((file) =>
  errorsIn(/^(?:(?:plugins|apps)\/)?([^/]+)\//.exec(file)?.[1] ?? "", readFileSync(join(root, file), "utf8"))
)

interface Explained {
  readonly plugin: string
  readonly tag: string
  readonly title: string
  readonly cause: string
  readonly remedy: string
  readonly page: string
  readonly code?: { readonly name: string }
}

const command = ["--conditions=source", join(root, "apps/cli/src/main.ts"), "explain-error", "--json"]
const explained: ReadonlyArray<Explained> = JSON.parse(
  spawnSync(process.execPath, command, { encoding: "utf8" }).stdout
)

const nameOf = ({ plugin, tag }: Explained): string => `${plugin}/${tag}`
const sortedSet = (names: ReadonlyArray<string>): ReadonlyArray<string> => [...new Set(names)].toSorted()

describe("the errors of the sources", () => {
  it("are found, also those over several lines", () => {
    const source = `class A extends Schema.TaggedError<A>()("A", {}) {}
      export class B
        extends Schema.TaggedError<B>()(
          "B", { cause: Schema.Defect() }) { readonly errorCode = ErrorCode.of("common.timeout") }`
    expect(errorsIn("x", source)).toEqual([{ error: "x/A", codes: [] }, { error: "x/B", codes: ["common.timeout"] }])
    expect(found.length).toBeGreaterThan(50)
  })

  it("are all explained, except those that nobody reads", () => {
    const names = found.map(({ error }) => error)
    expect(sortedSet(names.filter((name) => !(name in unexplained)))).toEqual(sortedSet(explained.map(nameOf)))
    expect(names).toEqual(expect.arrayContaining(Object.keys(unexplained)))
  })

  it("have the codes that their explanations name, each of them", () => {
    for (const { codes, error } of found.filter((each) => !(each.error in unexplained))) {
      const named = explained.filter((each) => nameOf(each) === error).flatMap(({ code }) => code?.name ?? [])
      expect(sortedSet(named), error).toEqual(sortedSet(codes))
    }
  })
})

describe("explanations", () => {
  it.each(explained.map((each) => [`${nameOf(each)} ${each.code?.name ?? ""}`, each] as const))(
    "%s has a short title, and sentences",
    (_, { cause, remedy, title }) => {
      expect(title).toMatch(/^[A-Z].{8,79}[^.]$/)
      expect(cause).toMatch(/^\S.{20,298}\.$/)
      expect(remedy).toMatch(/^[A-Z].{20,298}\.$/)
    }
  )

  const sections = [...plugins, { name: "deployment", config: Deployment }]
  const settings = Setting.describeAll(sections)
  const texts = explained.map(({ cause, remedy }) => `${cause} ${remedy}`).join("\n")

  it("name settings that there are", () => {
    const keys = settings.map(({ path }) => path.join("."))
    const key = new RegExp(String.raw`\b(?:${sections.map(({ name }) => name).join("|")})(?:\.[a-z_]+)+`, "g")
    const named = sortedSet(texts.match(key) ?? [])
    expect(named.length).toBeGreaterThan(20)
    expect(named.filter((name) => !keys.some((each) => each === name || each.startsWith(`${name}.`)))).toEqual([])
  })

  it("name environment variables that are read", () => {
    const variables = settings.flatMap(({ env = [] }) => env).flatMap((name) => [name, `${name}_FILE`])
    const named = sortedSet(texts.match(/\b[A-Z]+(?:_[A-Z]+)+\b/g) ?? [])
    expect(named.length).toBeGreaterThan(10)
    expect(named.filter((name) => !variables.includes(name))).toEqual([])
  })
})

describe("docs/errors.md", () => {
  /** Anchors of the headings as they are shown on the web, with package and tag. */
  const anchors = (page: string): ReadonlyMap<string, string> => {
    const [all, seen] = [new Map<string, string>(), new Map<string, number>()]
    let section = ""
    for (const [, level = "", title = ""] of page.matchAll(/^(#+) (.*)$/gm)) {
      const slug = title.toLowerCase().replaceAll(/[^\w -]/g, "").replaceAll(" ", "-")
      const before = seen.get(slug) ?? 0
      seen.set(slug, before + 1)
      if (level === "##") section = title
      else all.set(before === 0 ? slug : `${slug}-${before}`, `${section}/${title}`)
    }
    return all
  }

  it("has the heading to which each explanation leads", () => {
    const headings = anchors(readFileSync(join(root, "docs/errors.md"), "utf8"))
    for (const each of explained) {
      const [file, anchor = ""] = each.page.split("#")
      expect({ file, heading: headings.get(anchor) }, each.page).toEqual({
        file: "docs/errors.md",
        heading: nameOf(each)
      })
    }
  })
})
