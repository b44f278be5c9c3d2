/** Settings files as a table: what is written, what the kernel gets. */
import * as NodeFileSystem from "@effect/platform-node/NodeFileSystem"
import { assert, describe, it } from "@effect/vitest"
import { Setting, SettingsFiles, SettingTypes } from "@heptad/common"
import { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Layer from "effect/Layer"
import * as Schema from "effect/Schema"
import { execFileSync, spawnSync } from "node:child_process"
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs"
import { tmpdir } from "node:os"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"

const database = {
  name: "database",
  config: Setting.section({
    host: Setting.optional(Schema.String, { description: "", env: ["DB_PRIMARY_HOST", "DB_HOST"] }),
    password: Setting.optional(Schema.String, { description: "", env: ["DB_PASSWORD"], secret: true }),
    pool: Setting.section({ size: Setting.field(SettingTypes.int(1), 5, { description: "", env: ["DB_POOL_SIZE"] }) })
  })
}

/** Has a setting that takes the value of another one while nobody wrote it. */
const logger = {
  name: "logger",
  config: Setting.section({
    level: Setting.optional(Schema.String, { description: "", inherits: "common.logging.level" }),
    format: Setting.optional(Schema.String, { description: "", notApplied: "not in this version" })
  })
}

interface Case {
  /** Path below a temporary folder -> content; `ROOT` in a content, a flag or a variable stands for that folder. */
  readonly written?: Readonly<Record<string, string | Uint8Array>>
  /** What is given to `--config`; every written file when absent. */
  readonly config?: ReadonlyArray<string>
  readonly overrides?: ReadonlyArray<string>
  readonly environment?: Readonly<Record<string, string>>
  readonly value?: unknown
  readonly origins?: Readonly<Record<string, string>>
  readonly faults?: ReadonlyArray<string>
  readonly warnings?: ReadonlyArray<string>
}

const folder = Effect.acquireRelease(
  Effect.sync(() => mkdtempSync(join(tmpdir(), "heptad-settings-"))),
  (path) => Effect.sync(() => rmSync(path, { recursive: true, force: true }))
)

const write = (root: string, written: Readonly<Record<string, string | Uint8Array>>) =>
  Object.entries(written).forEach(([path, content]) => {
    mkdirSync(dirname(join(root, path)), { recursive: true })
    writeFileSync(join(root, path), content)
  })

const read = Effect.fnUntraced(function*({ config, environment = {}, overrides = [], written = {} }: Case) {
  const root = yield* folder
  write(root, written)
  const inside = (text: string) => text.replaceAll("ROOT", root)
  const layer = SettingsFiles.layer({
    files: (config ?? Object.keys(written)).map((path) => `${root}/${path}`),
    overrides: overrides.map(inside),
    environment: Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, inside(value)]))
  }).pipe(Layer.provide(NodeFileSystem.layer))
  const tree = yield* Effect.gen(function*() {
    const source = yield* Settings.SettingsSource
    return yield* source.read([database, logger])
  }).pipe(Effect.provide(layer))
  const outside = (text: string) => text.replaceAll(`${root}/`, "")
  return {
    value: tree.value,
    origins: Object.fromEntries([...tree.origins].map(([key, origin]) => [key, outside(origin)])),
    faults: tree.faults.map((fault) => outside(fault.message)),
    warnings: tree.advice.map(({ message }) => outside(message))
  }
})

const file = (...lines: ReadonlyArray<string>) => ({ "a.yaml": `${lines.join("\n")}\n` })

const unset = "environment variable X is not set; set it or write ${X:-default}"
const malformed = "a reference is ${NAME} or ${NAME:-default}, and $${ stands for a plain ${"

const cases: Readonly<Record<string, Case>> = {
  "no file at all is no setting": { value: {}, origins: {}, faults: [] },
  "an empty file is no setting": { written: file("# nothing here"), value: {}, faults: [] },
  "leaves and groups know where they were written": {
    written: file("database:", "  host: db1", "  pool:", "    size: 3"),
    value: { database: { host: "db1", pool: { size: 3 } } },
    origins: {
      "database": "a.yaml:1:1",
      "database.host": "a.yaml:2:3",
      "database.pool": "a.yaml:3:3",
      "database.pool.size": "a.yaml:4:5"
    },
    faults: []
  },
  "items of a list know where they were written": {
    written: file("logger:", "  sinks:", "    - type: console", "    - type: file"),
    value: { logger: { sinks: [{ type: "console" }, { type: "file" }] } },
    origins: {
      "logger": "a.yaml:1:1",
      "logger.sinks": "a.yaml:2:3",
      "logger.sinks.0": "a.yaml:3:7",
      "logger.sinks.0.type": "a.yaml:3:7",
      "logger.sinks.1": "a.yaml:4:7",
      "logger.sinks.1.type": "a.yaml:4:7"
    }
  },
  "a setting that nobody wrote takes the one that it inherits, with its origin": {
    written: file("common:", "  logging: { level: debug }"),
    value: { common: { logging: { level: "debug" } }, logger: { level: "debug" } },
    origins: {
      "common": "a.yaml:1:1",
      "common.logging": "a.yaml:2:3",
      "common.logging.level": "a.yaml:2:14",
      "logger": "a.yaml:2:14",
      "logger.level": "a.yaml:2:14"
    },
    faults: []
  },
  "a setting without effect is told with its line and the reason": {
    written: file("logger: { format: json }"),
    faults: [],
    warnings: ["setting not applied: logger.format (a.yaml:1:11): not in this version"]
  },
  "deployment reaches the kernel as times, and its faults are told": {
    written: file("deployment:", "  drain: { lame_duck: 15 }", "  patern: monolith"),
    value: {},
    faults: [
      `a.yaml:3:3: deployment.patern: unknown key, did you mean "pattern"?`,
      `a.yaml:2:12: deployment.drain.lame_duck: expected a duration such as "100ms", "30s", "5m" or "1h", got 15`
    ]
  },
  "a pattern that the app does not follow is told, and so are plugins that it does not start": {
    written: file(
      "deployment:",
      "  pattern: sidecar",
      "  systems: [database, network, thread]",
      `  applications: [logger, "@acme/billing@^1.0.0", { package: "@acme/tax", range: 1.x }]`
    ),
    faults: [],
    warnings: [
      "setting not applied: deployment.pattern: sidecar: the plugins under deployment.systems start in this process, and none is replaced by a remote one",
      "setting not applied: deployment.systems: this app chooses its plugins itself, without network, thread"
    ]
  },
  "plugins that all start need no word": {
    written: file("deployment: { pattern: monolith, systems: [logger, database], applications: [] }"),
    faults: [],
    warnings: []
  },
  "a setting that somebody wrote inherits nothing": {
    written: file("common: { logging: { level: debug } }", "logger: { level: warn }"),
    value: { common: { logging: { level: "debug" } }, logger: { level: "warn" } },
    faults: []
  },
  "JSON is read as well, tabs included": {
    written: { "a.json": `{\n\t"database": {\n\t\t"host": "db1"\n\t}\n}\n` },
    value: { database: { host: "db1" } },
    origins: { "database": "a.json:2:2", "database.host": "a.json:3:3" },
    faults: []
  },
  "a byte order mark and Windows line ends change no position": {
    written: { "a.yaml": "\uFEFFdatabase:\r\n  host: db1\r\n" },
    value: { database: { host: "db1" } },
    origins: { "database": "a.yaml:1:1", "database.host": "a.yaml:2:3" },
    faults: []
  },
  "a later file wins, maps merge, lists are replaced": {
    written: {
      "a.yaml": "database:\n  host: db1\n  pool: { size: 3 }\nlogger: { sinks: [{ type: a }, { type: b }] }\n",
      "b.yaml": "database:\n  host: db2\nlogger: { sinks: [{ type: c }] }\n"
    },
    value: { database: { host: "db2", pool: { size: 3 } }, logger: { sinks: [{ type: "c" }] } },
    origins: {
      "database": "b.yaml:1:1",
      "database.host": "b.yaml:2:3",
      "database.pool": "a.yaml:3:3",
      "database.pool.size": "a.yaml:3:11",
      "logger": "b.yaml:3:1",
      "logger.sinks": "b.yaml:3:11",
      "logger.sinks.0": "b.yaml:3:19",
      "logger.sinks.0.type": "b.yaml:3:21"
    }
  },
  "a directory is its settings files in name order, without hidden and other files": {
    written: {
      "conf/b.yml": "database: { host: second }",
      "conf/a.yaml": "database: { host: first }",
      "conf/c.json": `{ "database": { "pool": { "size": 9 } } }`,
      "conf/.hidden.yaml": "nonsense: [",
      "conf/notes.txt": "nonsense: [",
      "conf/sub/d.yaml": "nonsense: ["
    },
    config: ["conf/"],
    value: { database: { host: "second", pool: { size: 9 } } },
    faults: []
  },
  "a missing file, a file that is no text, and a directory without settings are told at once": {
    written: { "empty/readme.txt": "", "binary.yaml": new Uint8Array([97, 58, 32, 255]) },
    config: ["missing.yaml", "empty", "binary.yaml"],
    faults: [
      "missing.yaml: settings file: there is no such file",
      "empty: settings file: the directory holds no .yaml, .yml or .json file",
      "binary.yaml: settings file: is not UTF-8 text"
    ]
  },
  "a file above 1 MiB is refused": {
    written: { "a.yaml": `# ${"x".repeat(1024 * 1024)}` },
    faults: ["a.yaml: settings file: is larger than 1024 KiB"]
  },
  "a file that is not a map is refused": {
    written: file("- a"),
    faults: ["a.yaml:1:1: settings file: expected keys with values"]
  },
  "every syntax error of a file is told with its position": {
    written: file("a: [1", "b: 2", "c: `x`"),
    faults: [
      "a.yaml:2:1: YAML: Flow sequence in block collection must be sufficiently indented and end with a ]",
      "a.yaml:3:4: YAML: Plain value cannot start with reserved character `"
    ]
  },
  "a key that is written twice is told with both positions; the first one counts": {
    written: file("database:", "  host: db1", "  host: db2"),
    value: { database: { host: "db1" } },
    faults: ["a.yaml:3:3: database.host: written twice; the first one is at a.yaml:2:3"]
  },
  "a second document is refused": {
    written: file("a: 1", "---", "b: 2"),
    faults: ["a.yaml:2:1: YAML: a second document begins here; keep one document per file"]
  },
  "a leading document marker is not a second document": { written: file("---", "a: 1"), value: { a: 1 }, faults: [] },
  "an unknown tag is refused": { written: file("a: !js 1"), faults: ["a.yaml:1:4: YAML: Unresolved tag: !js"] },
  "aliases work": {
    written: file("a: &x { b: 1 }", "c: *x"),
    value: { a: { b: 1 }, c: { b: 1 } },
    faults: []
  },
  "an alias without an anchor is told": {
    written: file("a: *x"),
    faults: [`a.yaml:1:1: a: no anchor "&x" stands before this alias`]
  },
  "a bomb of aliases is refused": {
    written: file(
      "a: &a [x, x]",
      ...Array.from("bcdefghij", (key, index) => `${key}: &${key} [*${"abcdefghi"[index]}, *${"abcdefghi"[index]}]`)
    ),
    faults: ["a.yaml:1:1: YAML: uses more than 100 aliases"]
  },
  "an alias to what it stands in is refused": {
    written: file("a: &a [*a]"),
    faults: ["a.yaml:1:1: YAML: is nested deeper than 32 levels"]
  },
  "32 levels are read": {
    written: file(`a: ${"[".repeat(31)}1${"]".repeat(31)}`),
    faults: []
  },
  "33 levels are refused": {
    written: file(`a: ${"[".repeat(32)}1${"]".repeat(32)}`),
    faults: ["a.yaml:1:1: YAML: is nested deeper than 32 levels"]
  },
  "a depth that would overflow the parser's stack is refused": {
    written: { "a.yaml": "[".repeat(50_000) },
    faults: ["a.yaml:1:1: YAML: is nested deeper than 32 levels"]
  },
  "names that could reach a prototype are refused everywhere": {
    written: file("__proto__: { polluted: true }", "database:", "  constructor: 1", "  host: db1"),
    overrides: ["a.__proto__.polluted=true"],
    value: { database: { host: "db1" } },
    faults: [
      "a.yaml:1:1: __proto__: no setting may have this name",
      "a.yaml:3:3: database.constructor: no setting may have this name",
      "--set a.__proto__.polluted: settings: no setting may have this name"
    ]
  },
  "a merge key is refused rather than taken for a name": {
    written: file("a: &x { b: 1 }", "c:", "  <<: *x"),
    faults: ["a.yaml:3:3: c.<<: merge keys are not read; write the keys out"]
  },
  "a key that is a list is refused": {
    written: file("? [a]", ": 1"),
    faults: ["a.yaml:1:3: settings: a key must be a word"]
  },
  "the guide's @timestamp is a key, at its own position": {
    written: file(
      "logger:",
      "  fields: { @a: 1 }",
      "  more:",
      "    @timestamp: true  # Add timestamp field",
      "    @version: 1"
    ),
    value: { logger: { fields: { "@a": 1 }, more: { "@timestamp": true, "@version": 1 } } },
    origins: {
      "logger": "a.yaml:1:1",
      "logger.fields": "a.yaml:2:3",
      "logger.fields.@a": "a.yaml:2:13",
      "logger.more": "a.yaml:3:3",
      "logger.more.@timestamp": "a.yaml:4:5",
      "logger.more.@version": "a.yaml:5:5"
    },
    faults: []
  },
  "an @ that begins a value is still an error, and one in a block text is text": {
    written: { "a.yaml": "a: @b\n", "b.yaml": "c: |\n  @d: e\n" },
    value: { c: "@d: e\n" },
    faults: ["a.yaml:1:4: YAML: Plain value cannot start with reserved character @"]
  },
  "top-level features and services move to their sections with their origins": {
    written: file(
      "features:",
      "  new_algorithm: { rollout_percentage: 10 }",
      "common:",
      "  data_dir: x",
      "services:",
      "  - name: api"
    ),
    overrides: ["features.other.rollout_percentage=5"],
    value: {
      common: {
        data_dir: "x",
        features: { new_algorithm: { rollout_percentage: 10 }, other: { rollout_percentage: 5 } }
      }
    },
    origins: {
      "common": "a.yaml:3:1",
      "common.data_dir": "a.yaml:4:3",
      "common.features": "a.yaml:1:1",
      "common.features.new_algorithm": "a.yaml:2:3",
      "common.features.new_algorithm.rollout_percentage": "a.yaml:2:20",
      "common.features.other": "--set features.other.rollout_percentage",
      "common.features.other.rollout_percentage": "--set features.other.rollout_percentage",
      "deployment": "a.yaml:5:1",
      "deployment.services": "a.yaml:5:1",
      "deployment.services.0": "a.yaml:6:5",
      "deployment.services.0.name": "a.yaml:6:5"
    }
  },
  "a group whose keys are commented out means its defaults; another null stays": {
    written: file("database:", "  pool:", "    # size: 3", "  host:"),
    value: { database: { pool: {}, host: null } },
    faults: []
  },
  "references are replaced in texts, also in the middle and in lists": {
    written: file("a: ${X}", "b: <${X}-${Y:-z}>", "c: [ '${X}' ]", "d: $${X} costs 5$"),
    environment: { X: "1" },
    value: { a: "1", b: "<1-z>", c: ["1"], d: "${X} costs 5$" },
    faults: []
  },
  "what a variable holds is never YAML": {
    written: file("a: ${X}"),
    environment: { X: "[1, {b: ${Y}}] # \n c: 2" },
    value: { a: "[1, {b: ${Y}}] # \n c: 2" },
    faults: []
  },
  "a reference without its variable is told at its leaf; keys are never replaced": {
    written: file("${X}: 1", "a:", "  b: ${X}"),
    value: { "${X}": 1, a: { b: "${X}" } },
    faults: [`a.yaml:3:3: a.b: ${unset}`]
  },
  "an empty variable is used, and replaced where there is a default": {
    written: file("a: '${X}'", "b: ${X:-c}", "d: '${X:-}'"),
    environment: { X: "" },
    value: { a: "", b: "c", d: "" },
    faults: []
  },
  "a reference to what every object has is not set": {
    written: file("a: ${toString:-plain}"),
    value: { a: "plain" },
    faults: []
  },
  "a reference that is no reference is told": {
    written: file("a: '${'", "b: ${1X}", "c: ${X:-${Y}}", "d: '${X'"),
    faults: ["a", "b", "c", "d"].map((key, index) => `a.yaml:${index + 1}:1: ${key}: ${malformed}`)
  },
  "a reference that is overridden need not be set": {
    written: file("database:", "  password: ${X}"),
    environment: { DB_PASSWORD: "secret" },
    value: { database: { password: "secret" } },
    faults: []
  },
  "the environment wins over files, a flag over the environment": {
    written: file("database: { host: file, pool: { size: 1 } }"),
    environment: { DB_PRIMARY_HOST: "environment", DB_POOL_SIZE: "2" },
    overrides: ["database.host=flag"],
    value: { database: { host: "flag", pool: { size: "2" } } },
    origins: {
      "database": "a.yaml:1:1",
      "database.host": "--set database.host",
      "database.pool": "a.yaml:1:25",
      "database.pool.size": "environment DB_POOL_SIZE"
    }
  },
  "an alias is used with a warning that names the canonical variable": {
    environment: { DB_HOST: "db1" },
    value: { database: { host: "db1" } },
    origins: { "database": "environment DB_HOST", "database.host": "environment DB_HOST" },
    warnings: ["environment variable DB_HOST is an alias: use DB_PRIMARY_HOST"]
  },
  "the canonical variable wins over its aliases, and those that say something else are told": {
    environment: { DB_HOST: "alias", DB_PRIMARY_HOST: "canonical", UNIFIED_DATABASE_HOST: "canonical" },
    value: { database: { host: "canonical" } },
    warnings: [
      "environment variable DB_HOST is an alias: use DB_PRIMARY_HOST",
      "environment variables DB_PRIMARY_HOST and DB_HOST both set database.host: DB_PRIMARY_HOST wins",
      "environment variable UNIFIED_DATABASE_HOST is an alias: use DB_PRIMARY_HOST"
    ]
  },
  "the path of any setting in upper case is its name, and an alias where it has another": {
    environment: { UNIFIED_DATABASE_POOL_SIZE: "7", UNIFIED_LOGGER_LEVEL: "debug" },
    value: { database: { pool: { size: "7" } }, logger: { level: "debug" } },
    warnings: ["environment variable UNIFIED_DATABASE_POOL_SIZE is an alias: use DB_POOL_SIZE"]
  },
  "variables of the guide and of the two families without a setting behind them are told": {
    environment: {
      POD_NAME: "a",
      VAULT_TOKEN: "",
      UNIFIED_DATABASE_HSOT: "x",
      KCENON_X: "x",
      UNIFIED_DATABASE_HOST_FILE: ""
    },
    value: {},
    faults: [],
    warnings: [
      "environment variable KCENON_X has no effect: no setting of this app has this name; `docs/settings.md` lists all",
      "environment variable POD_NAME has no effect: nothing in the app reads it; name it in a setting, " +
      "for example logger.fields, as ${NAME}",
      "environment variable UNIFIED_DATABASE_HSOT has no effect: no setting of this app has this name; " +
      "`docs/settings.md` lists all"
    ]
  },
  "a setting that was written beside the one that it inherits from wins, and that is told": {
    written: file("common: { logging: { level: debug } }", "logger: { level: warn }"),
    faults: [],
    warnings: ["common.logging.level is debug, but logger.level wins: warn"]
  },
  "the link of a file to its JSON Schema is no setting": {
    written: file("$schema: ./heptad.schema.json", "database: { host: db1 }"),
    value: { database: { host: "db1" } },
    faults: []
  },
  "an empty variable counts as not set": {
    written: file("database: { host: file }"),
    environment: { DB_PRIMARY_HOST: "", DB_PASSWORD: "", DB_PASSWORD_FILE: "" },
    value: { database: { host: "file" } },
    faults: []
  },
  "a variable is taken literally": {
    environment: { DB_PASSWORD: "a${X}: [b" },
    value: { database: { password: "a${X}: [b" } },
    faults: []
  },
  "a mounted file holds the value; one newline at its end does not belong to it": {
    written: { "secret": "pa${X}ss \n\n" },
    config: [],
    environment: { DB_PASSWORD_FILE: "ROOT/secret" },
    value: { database: { password: "pa${X}ss \n" } },
    origins: {
      "database": "file secret, named by DB_PASSWORD_FILE",
      "database.password": "file secret, named by DB_PASSWORD_FILE"
    },
    faults: []
  },
  "a variable and its file are not set both": {
    environment: { DB_PASSWORD: "a", DB_PASSWORD_FILE: "ROOT/secret" },
    value: {},
    faults: [
      "environment DB_PASSWORD: database.password: DB_PASSWORD and DB_PASSWORD_FILE are both set; keep one of them"
    ]
  },
  "a secret file that is not there is told": {
    environment: { DB_PASSWORD_FILE: "ROOT/secret" },
    faults: ["environment DB_PASSWORD_FILE: database.password: names the file secret: there is no such file"]
  },
  "flags are YAML: lists, maps, numbers, empty texts, references": {
    written: file("logger: { sinks: [1, 2], fields: { a: 1 } }"),
    environment: { X: "x" },
    overrides: [
      "logger.sinks=[{ type: console }, { type: file }]",
      "logger.sinks.1.path=/x=y",
      "logger.fields={ b: 2 }",
      "thread.pool_size=4",
      "a=",
      "b=${X}",
      "b.c=$${X}"
    ],
    value: {
      logger: { sinks: [{ type: "console" }, { type: "file", path: "/x=y" }], fields: { a: 1, b: 2 } },
      thread: { pool_size: 4 },
      a: "",
      b: "x"
    },
    faults: [`--set b.c: b.c: "c" cannot stand in the single value at --set b`]
  },
  "a malformed flag is told, and the others still count": {
    overrides: ["thread.pool_size", "a..b=1", "=1", "c=[1", "d.5=1", "e=[1]", "e.2=1", "e.x=1", "f=1"],
    value: { d: { 5: 1 }, e: [1], f: 1 },
    faults: [
      "--set thread.pool_size: settings: there is no value; write --set thread.pool_size=value",
      "--set a..b: settings: a path is names with dots between them, for example thread.pool_size",
      "--set : settings: a path is names with dots between them, for example thread.pool_size",
      "--set c: c: Flow sequence must end with a ]",
      `--set e.2: e.2: there is no item "2" in the list of 1 at --set e`,
      `--set e.x: e.x: there is no item "x" in the list of 1 at --set e`
    ]
  },
  "a single value where a section belongs is not hidden by the environment": {
    written: file("database: 5"),
    environment: { DB_PRIMARY_HOST: "db1" },
    value: { database: 5 },
    faults: [`environment DB_PRIMARY_HOST: database.host: "host" cannot stand in the single value at a.yaml:1:1`]
  }
}

describe("SettingsFiles", () => {
  it.effect.each(Object.entries(cases))("%s", ([, expected]) =>
    Effect.gen(function*() {
      const got = yield* read(expected)
      const { faults, origins, value, warnings } = expected
      if (value !== undefined) assert.deepStrictEqual(got.value, value)
      if (origins !== undefined) assert.deepStrictEqual(got.origins, origins)
      if (faults !== undefined) assert.deepStrictEqual(got.faults, faults)
      if (warnings !== undefined) assert.deepStrictEqual(got.warnings, warnings)
    }))
})

it.effect("a pipe that nobody writes to is told and does not keep the process from ending", () =>
  Effect.gen(function*() {
    const pipe = join(yield* folder, "pipe.yaml")
    execFileSync("mkfifo", [pipe])
    const program = fileURLToPath(new URL("fixtures/readPipe.ts", import.meta.url))
    const { signal, status, stdout } = spawnSync(process.execPath, ["--conditions=source", program, pipe], {
      encoding: "utf8",
      timeout: 5000,
      killSignal: "SIGKILL"
    })
    assert.deepStrictEqual({ signal, status, stdout }, {
      signal: null,
      status: 0,
      stdout: "could not be read within 10 seconds"
    })
  }))

it.effect("tells the form of an override from its value", () =>
  Effect.gen(function*() {
    const faults = yield* Effect.forEach(
      ["a.b=1", "a=", "a.b=[x, y]", "a.b", "a..b=1", "=1", "a.__proto__.b=1", "a=[1"],
      SettingsFiles.overrideFault
    )
    assert.deepStrictEqual(faults, [
      ...[undefined, undefined, undefined],
      "there is no value; write --set a.b=value",
      "a path is names with dots between them, for example thread.pool_size",
      "a path is names with dots between them, for example thread.pool_size",
      "no setting may have this name",
      "Flow sequence must end with a ]"
    ])
  }))
