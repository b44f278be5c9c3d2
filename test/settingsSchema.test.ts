/** config/heptad.schema.json, judged by a validator of JSON Schema and not by what made it. */
import { describe, it } from "@effect/vitest"
import { Setting } from "@heptad/common"
import type { Plugin } from "@heptad/kernel"
import { plugins } from "@heptad/monolith"
import { Ajv2020 } from "ajv/dist/2020.js"
import * as Yaml from "effect/encoding/Yaml"
import * as Exit from "effect/Exit"
import * as Predicate from "effect/Predicate"
import { readdirSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { expect } from "vitest"

const config = join(import.meta.dirname, "../config")
const schema = JSON.parse(readFileSync(join(config, "heptad.schema.json"), "utf8"))
const validate = new Ajv2020({ allErrors: true, allowUnionTypes: true }).compile(schema)

const problems = (written: unknown) =>
  validate(written) ?
    [] :
    (validate.errors ?? []).map(({ instancePath, message, params }) =>
      [instancePath, message, params["additionalProperty"]].filter(Predicate.isNotUndefined).join(" ")
    )

const read = (path: string) => readFileSync(join(config, path), "utf8")

const shipped = ["development.yaml", "production.yaml"]

describe("the JSON Schema of the settings", () => {
  it.each([...readdirSync(join(config, "guide")).map((name) => `guide/${name}`), ...shipped])("accepts %s", (path) => {
    expect(problems(Yaml.parse(read(path)))).toEqual([])
  })

  it.each(shipped)("is named by the first line of %s", (path) => {
    expect(read(path).split("\n")[0]).toBe("# yaml-language-server: $schema=./heptad.schema.json")
  })

  it("refuses a misspelt key at every depth", () => {
    expect(problems({ thraed: {} })).toEqual([" must NOT have additional properties thraed"])
    expect(problems({ thread: { pool_sise: 1 } })).toEqual(["/thread must NOT have additional properties pool_sise"])
    expect(problems({ network: { tcp: { prot: 1 } } })).toEqual([
      "/network/tcp must NOT have additional properties prot"
    ])
    expect(problems({ logger: { sinks: [{ type: "file", path: "a", rotation: { max_sice: "1MB" } }] } })).toContain(
      "/logger/sinks/0/rotation must NOT have additional properties max_sice"
    )
    expect(problems({ deployment: { plugins: { database: { onfailure: "retry" } } } })).toEqual([
      "/deployment/plugins/database must have required property 'on_failure'",
      "/deployment/plugins/database must NOT have additional properties onfailure"
    ])
  })

  it("accepts units, plain numbers, their texts, and references to the environment everywhere", () => {
    for (const size of ["4KB", "1.5GB", 4096, "4096", "${SIZE}", "${SIZE:-4KB}"]) {
      expect(problems({ network: { http: { max_request_size: size } } })).toEqual([])
    }
    for (const port of [8080, "8080", "${PORT}"]) expect(problems({ network: { tcp: { port } } })).toEqual([])
    for (const enabled of [true, "false", "${TLS}"]) expect(problems({ network: { tls: { enabled } } })).toEqual([])
    for (const level of ["warning", "${LEVEL}"]) expect(problems({ logger: { default_level: level } })).toEqual([])
    for (const cores of [["0-15"], "0-3,8", [0, 1], "${CORES}"]) {
      expect(problems({ thread: { cpu_affinity: { cores } } })).toEqual([])
    }
    expect(problems({ logger: { sinks: [{ type: "file", path: "${LOG}", rotation: { max_size: "${SIZE}" } }] } }))
      .toEqual([])
  })

  it("refuses what the settings refuse", () => {
    const wrong = [
      { network: { tcp: { port: 65_536 } } },
      { network: { tcp: { read_timeout: 30 } } },
      { network: { tcp: { read_timeout: "30" } } },
      { network: { http: { max_request_size: "10 apples" } } },
      { logger: { default_level: "loud" } },
      { thread: { limits: { max_cpu_usage: 95 } } },
      { thread: { pool_size: "many" } },
      { monitoring: { alerts: { rules: [{ name: "no expression" }] } } },
      { features: { fast: { rollout_percentage: 101 } } }
    ]
    expect(wrong.filter((written) => problems(written).length === 0)).toEqual([])
  })

  it("accepts whatever the settings accept, so that no editor marks what works", () => {
    const values = [0, 1, 0.5, 4096, true, "true", "+7", " 7 ", " 1.5h ", "4KiB", "95%", "auto", "0-3, 8", "json", "/a"]
      .flatMap((value): ReadonlyArray<unknown> => [value, [value]])
    const all: ReadonlyArray<Plugin.Any> = plugins
    const accepted = all.flatMap((plugin) =>
      Setting.describe(plugin.name, plugin.config).flatMap(({ path }) =>
        values.map((value) => path.slice(1).reduceRight<unknown>((inner, key) => ({ [key]: inner }), value))
          .filter((section) => Exit.isSuccess(plugin.prepare(section, "error")))
          .map((section) => ({ [plugin.name]: section }))
      )
    )
    expect(accepted.length).toBeGreaterThan(300)
    expect(accepted.filter((tree) => problems(tree).length > 0)).toEqual([])
  })

  it("accepts groups whose keys are all commented out, the link of editors, and the guide's top-level names", () => {
    expect(problems({
      $schema: "./heptad.schema.json",
      thread: null,
      network: { tcp: null },
      features: { fast: { rollout_percentage: 10 } },
      services: [{ name: "api", systems: ["network"], replicas: 10 }]
    })).toEqual([])
  })

  it("knows every setting with its description, and every default fits", () => {
    const settings = Setting.describeAll(plugins)
    const defaults = settings.flatMap(({ default: value, path: [section = "", ...path] }) =>
      value === undefined ? [] : [path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)].map((tree) => ({
        [section]: tree
      }))
    )
    expect(defaults.length).toBeGreaterThan(80)
    expect(defaults.flatMap(problems)).toEqual([])
    expect(undocumented(schema.properties, "")).toEqual([])
  })
})

/** Keys without a description that are no group of others. */
const undocumented = (properties: Readonly<Record<string, unknown>>, at: string): ReadonlyArray<string> =>
  Object.entries(properties).flatMap(([name, property]) => {
    if (!Predicate.isObject(property)) return [`${at}${name}`]
    const below = groups(property).flatMap((group) => undocumented(group, `${at}${name}.`))
    return "description" in property || Predicate.isObject(property["properties"]) ? below : [`${at}${name}`, ...below]
  })

/** The groups that stand somewhere in a schema: its own, those of its items and of its alternatives. */
const groups = (json: unknown): ReadonlyArray<Readonly<Record<string, unknown>>> => {
  if (Array.isArray(json)) return json.flatMap(groups)
  if (!Predicate.isObject(json)) return []
  const { additionalProperties, anyOf, items, properties } = { ...blank, ...json }
  return [
    ...(Predicate.isObject(properties) ? [properties] : []),
    ...[items, additionalProperties, anyOf].flatMap(groups)
  ]
}

const blank = { additionalProperties: undefined, anyOf: undefined, items: undefined, properties: undefined }
