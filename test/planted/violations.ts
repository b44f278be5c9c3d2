/** One planted violation per rule of "who may import whom" and of the style, and the imports that must stay allowed. */

export interface Violation {
  readonly breaks: string
  readonly file: string
  readonly content: string
  readonly rule: string
}

const imports = (specifier: string): string => `import * as planted from "${specifier}"\nexport const use = planted\n`

const bySpecifier = (breaks: string, file: string, specifier: string): Violation => ({
  breaks: `${breaks} (${specifier})`,
  file,
  content: imports(specifier),
  rule: "no-restricted-imports"
})

const inPublicFile = (name: string, breaks: string, content: string, rule: string): Violation => ({
  breaks: `a public file uses ${breaks}`,
  file: `plugins/thread/src/${name}.ts`,
  content,
  rule
})

/** Found by oxlint. */
export const specifiers: ReadonlyArray<Violation> = [
  bySpecifier("the kernel imports a plugin", "kernel/src/a.ts", "@heptad/common"),
  bySpecifier("the kernel imports Node", "kernel/src/internal/b.ts", "node:fs"),
  bySpecifier("the kernel imports a library", "kernel/src/c.ts", "yaml"),
  bySpecifier("the kernel imports all of Effect", "kernel/src/d.ts", "effect"),
  bySpecifier("the kernel imports a barrel of Effect", "kernel/src/e.ts", "effect/http"),
  bySpecifier("a public file of a plugin imports Node", "plugins/network/src/A.ts", "node:http"),
  bySpecifier("a public file of a plugin imports Node by its old name", "plugins/network/src/A2.ts", "http"),
  bySpecifier("a public file of a plugin imports a driver", "plugins/network/src/B.ts", "jose"),
  bySpecifier(
    "a public file of a plugin imports the platform",
    "plugins/common/src/C.ts",
    "@effect/platform-node/NodeServices"
  ),
  bySpecifier(
    "a public file of a plugin imports another's plugin",
    "plugins/network/src/D.ts",
    "@heptad/thread/plugin"
  ),
  bySpecifier(
    "a public file of a plugin imports another's test helpers",
    "plugins/network/src/D2.ts",
    "@heptad/thread/testing"
  ),
  bySpecifier("test helpers import Node", "plugins/network/src/testing.ts", "node:net"),
  bySpecifier("a plugin imports all of Effect", "plugins/network/src/E.ts", "effect"),
  bySpecifier("a plugin imports an app", "plugins/database/src/F.ts", "@heptad/orders"),
  bySpecifier("internal/ imports another's plugin", "plugins/network/src/internal/a.ts", "@heptad/thread/plugin"),
  bySpecifier(
    "internal/ imports another's inside",
    "plugins/network/src/internal/b.ts",
    "@heptad/thread/internal/lane"
  ),
  bySpecifier("internal/ imports an app", "plugins/network/src/internal/c.ts", "@heptad/accounts"),
  bySpecifier("internal/ imports all of Effect", "plugins/network/src/internal/d.ts", "effect"),
  bySpecifier(
    "internal/ imports a barrel of the platform",
    "plugins/network/src/internal/e.ts",
    "@effect/platform-node"
  ),
  bySpecifier("a domain imports a plugin's Layer", "apps/orders/src/A.ts", "@heptad/database/plugin"),
  bySpecifier(
    "a domain's plugin.ts imports a plugin's Layer",
    "apps/accounts/src/plugin.ts",
    "@heptad/database/plugin"
  ),
  bySpecifier("a domain imports Node", "apps/orders/src/internal/b.ts", "node:fs"),
  bySpecifier("a domain imports another domain", "apps/accounts/src/C.ts", "@heptad/orders"),
  bySpecifier("a public file of a domain imports a library", "apps/orders/src/D.ts", "pdfkit"),
  bySpecifier("an app imports a plugin's inside", "apps/monolith/src/a.ts", "@heptad/network/internal/NodeHttp"),
  bySpecifier("an app imports test helpers", "apps/monolith/src/b.ts", "@heptad/network/testing"),
  bySpecifier("an app imports all of Effect", "apps/monolith/src/c.ts", "effect"),
  bySpecifier(
    "an example imports a plugin's inside",
    "docs/examples/a.ts",
    "@heptad/network/internal/NodeHttp"
  ),
  bySpecifier("an example imports all of Effect", "docs/examples/b.ts", "effect"),
  bySpecifier(
    "a test imports sources by package path",
    "plugins/network/test/a.test.ts",
    "@heptad/thread/src/ThreadPool"
  ),
  bySpecifier(
    "the tests of everything import sources by package path",
    "test/a.test.ts",
    "@heptad/thread/src/ThreadPool"
  ),
  {
    breaks: "modules of a plugin import each other in a circle",
    file: "plugins/common/src/internal/one.ts",
    content: `import { two } from "./two.ts"\nexport const one = (): number => two()\n`,
    rule: "no-cycle"
  }
]

export const style: ReadonlyArray<Violation> = [
  inPublicFile("Any", "any", "export const f = (x: any): number => Number(x)\n", "no-explicit-any"),
  inPublicFile("Bang", "!", "export const f = (x: number | undefined): number => x!\n", "no-non-null-assertion"),
  inPublicFile(
    "Assertion",
    "as",
    "export const f = (x: unknown): number => x as number\n",
    "consistent-type-assertions"
  ),
  inPublicFile(
    "Floating",
    "a promise nobody waits for",
    "export const f = () => { Promise.resolve(1) }\n",
    "no-floating-promises"
  ),
  inPublicFile("Environment", "the environment", "export const f = () => process.env.HOME\n", "no-process-env"),
  inPublicFile("Process", "the process", "export const f = () => process.exit(1)\n", "no-restricted-globals"),
  inPublicFile("DateNow", "the clock", "export const f = () => Date.now()\n", "no-restricted-properties"),
  inPublicFile("Chance", "chance", "export const f = () => Math.random()\n", "no-restricted-properties"),
  inPublicFile("Timer", "a timer", "export const f = () => setTimeout(() => 1, 1)\n", "no-restricted-globals"),
  inPublicFile("Console", "the console", "export const f = () => console.log(1)\n", "no-console"),
  {
    breaks: "a test that is switched off",
    file: "plugins/thread/test/planted.test.ts",
    content: `import { it } from "vitest"\nit.skip("counts", () => undefined)\n`,
    rule: "no-disabled-tests"
  }
]

/** Found by scripts/imports.ts, which resolves paths. */
export const paths: ReadonlyArray<Violation> = [
  {
    breaks: "a plugin reaches into another package by a relative path",
    file: "plugins/network/src/internal/reach.ts",
    content: imports("../../../common/src/index.ts"),
    rule: "stay-in-package"
  },
  {
    breaks: "a test reaches into another package by a relative path",
    file: "test/reach.test.ts",
    content: imports("../plugins/common/src/index.ts"),
    rule: "stay-in-package"
  },
  {
    breaks: "an example reaches into a package by a relative path",
    file: "docs/examples/reach.ts",
    content: imports("../../kernel/src/index.ts"),
    rule: "stay-in-package"
  },
  {
    breaks: "a benchmark reaches into a package by a relative path",
    file: "bench/reach.ts",
    content: imports("../kernel/src/index.ts"),
    rule: "stay-in-package"
  },
  {
    breaks: "a package sees the inside of another",
    file: "plugins/network/src/internal/inside.ts",
    content: imports("../../../common/src/Hidden.ts"),
    rule: "face-only"
  },
  {
    breaks: "exports shut the inside of a package",
    file: "plugins/network/src/internal/shut.ts",
    content: imports("@heptad/common/internal/Hidden"),
    rule: "no-unresolvable"
  },
  {
    breaks: "the kernel knows a library",
    file: "kernel/src/internal/library.ts",
    content: imports("yaml"),
    rule: "kernel-knows-effect-only"
  },
  {
    breaks: "a domain sees a plugin's Layer",
    file: "apps/orders/src/internal/layer.ts",
    content: imports("@heptad/database/plugin"),
    rule: "plugin-of-others"
  },
  {
    breaks: "internal/ sees another's test helpers",
    file: "plugins/network/src/internal/helpers.ts",
    content: imports("@heptad/common/testing"),
    rule: "testing-of-others"
  },
  {
    breaks: "a public file of a plugin sees a library",
    file: "plugins/network/src/Library.ts",
    content: imports("jose"),
    rule: "drivers-inside-only"
  },
  {
    breaks: "a public file of a plugin sees Node",
    file: "plugins/network/src/Node.ts",
    content: imports("node:net"),
    rule: "node-inside-only"
  },
  {
    breaks: "a domain sees Node",
    file: "apps/accounts/src/internal/node.ts",
    content: imports("node:net"),
    rule: "domain-without-platform"
  },
  {
    breaks: "database knows network",
    file: "plugins/database/src/internal/upwards.ts",
    content: imports("@heptad/network"),
    rule: "order-of-database"
  },
  {
    breaks: "network knows database",
    file: "plugins/network/src/internal/sideways.ts",
    content: imports("@heptad/database"),
    rule: "order-of-network"
  },
  {
    breaks: "common knows thread",
    file: "plugins/common/src/internal/upwards.ts",
    content: imports("@heptad/thread"),
    rule: "order-of-common"
  },
  {
    breaks: "modules import each other in a circle",
    file: "plugins/common/src/internal/one.ts",
    content: `import { two } from "./two.ts"\nexport const one = (): number => two()\n`,
    rule: "no-circle"
  }
]

/** Needed by the violations above; nothing is wrong with these alone. */
export const support: ReadonlyArray<readonly [file: string, content: string]> = [
  ["plugins/common/src/Hidden.ts", "export const hidden = 1\n"],
  ["plugins/common/src/internal/two.ts", `import { one } from "./one.ts"\nexport const two = (): number => one()\n`]
]

const allow = (file: string, ...specifiers: ReadonlyArray<string>): readonly [string, string] => [
  file,
  specifiers.map((specifier, n) => `import * as a${n} from "${specifier}"\nexport const use${n} = a${n}\n`).join("")
]

/** What the table allows. */
export const allowed: ReadonlyArray<readonly [file: string, content: string]> = [
  allow("kernel/src/Fine.ts", "effect/Effect", "effect/http/HttpRouter", "./index.ts"),
  allow(
    "plugins/network/src/Fine.ts",
    "effect/Effect",
    "@heptad/kernel",
    "@heptad/common",
    "@heptad/thread",
    "./index.ts"
  ),
  allow("plugins/network/src/testing.ts", "@heptad/kernel", "@heptad/common/testing"),
  allow("plugins/network/src/internal/fine.ts", "effect/Effect", "node:net", "jose", "@heptad/common"),
  allow("plugins/common/src/internal/fine.ts", "@effect/platform-node/NodeServices", "../index.ts"),
  allow("apps/orders/src/Fine.ts", "effect/Effect", "@heptad/kernel", "@heptad/database", "@heptad/network"),
  allow("apps/orders/src/internal/fine.ts", "pdfkit", "@heptad/thread"),
  allow("apps/monolith/src/fine.ts", "@heptad/kernel", "@heptad/database/plugin", "@heptad/orders", "effect/Layer"),
  allow("docs/examples/fine.ts", "@heptad/kernel", "@heptad/common/plugin", "@heptad/common/testing", "@effect/vitest"),
  allow("plugins/network/test/fine.test.ts", "../src/index.ts", "@heptad/common/testing", "node:net"),
  allow("test/fine.test.ts", "@heptad/common/plugin", "@heptad/common/testing", "@heptad/orders")
]
