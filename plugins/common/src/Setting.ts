/**
 * How a plugin documents one setting inside its config Schema. The annotation is the only source of the default, the
 * environment name, the unit, and of the honest answer to "is this applied?".
 */
import type { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"
import * as SchemaTransformation from "effect/SchemaTransformation"

export interface Info {
  /** What the setting does, one sentence. */
  readonly description: string
  /** Environment variables that set it, the canonical name first. */
  readonly env?: ReadonlyArray<string>
  /** `"duration"`, `"bytes"`, `"percent"` ...; absent when the value has no unit. */
  readonly unit?: string
  /** Dotted path of the setting whose written value holds while nobody wrote this one. */
  readonly inherits?: string
  /** Applied in place when the settings change, without a restart of the plugin. Default: false. */
  readonly reloadable?: boolean
  /** Why the setting has no effect yet or never will. Present = reported at start whenever somebody sets it. */
  readonly notApplied?: string
  /** Its value is shown nowhere. What hides it in faults is its Schema: see `SettingTypes.Secret`. Default: false. */
  readonly secret?: boolean
}

/** A leaf of a config Schema as documentation and the environment loader see it. */
export interface Description extends Info {
  readonly path: ReadonlyArray<string>
  readonly default?: unknown
}

const annotation = "heptad/setting"

declare module "effect/Schema" {
  namespace Annotations {
    interface Annotations {
      readonly "heptad/setting"?: Info & { readonly default?: unknown }
    }
  }
}

/** A setting with a default in the spelling of the settings files, for example `"30s"` or `"4KB"`. */
export const field = <S extends Schema.Top>(schema: S, defaultValue: S["Encoded"], info: Info) =>
  Schema.withDecodingDefaultKey<S>(Effect.succeed(defaultValue))(schema).annotateKey({
    [annotation]: { ...info, default: defaultValue }
  })

/** A setting that may be absent; the plugin sees `undefined`. */
export const optional = <S extends Schema.Top>(schema: S, info: Info) =>
  Schema.optionalKey(schema).annotateKey({ [annotation]: info })

type Fields = Readonly<Record<string, Schema.Top>>

/**
 * A group of settings, each of which has a default or is optional; an absent group means all its defaults.
 *
 * What is written passes unchecked to the group, whose settings then decode one by one. Checked as a whole first, one
 * wrong text would be told alone and hide every wrong duration and number beside it.
 */
export const section = <const F extends Fields>(fields: F) => {
  const group = Schema.Struct(fields)
  const written = Schema.declare((_value): _value is (typeof group)["Encoded"] => true)
  // Decoded, not asserted: a group with a required key would fail here, at its first use.
  const absent = Schema.decodeUnknownEffect(Schema.toEncoded(group))({})
  return Schema.withDecodingDefaultKey<typeof written>(absent)(written).pipe(
    Schema.decodeTo(group, SchemaTransformation.passthrough())
  )
}

const properties = (ast: AST.AST): ReadonlyArray<AST.PropertySignature> =>
  AST.isObjects(ast) ? ast.propertySignatures : []

const infoOf = (ast: AST.AST) => ast.context?.annotations?.[annotation]

const walk = (ast: AST.AST, path: ReadonlyArray<string>): ReadonlyArray<Description> =>
  properties(ast).flatMap((property) => {
    const at = [...path, String(property.name)]
    const info = infoOf(property.type)
    return info === undefined ? walk(property.type, at) : [{ ...info, path: at }]
  })

/** Every documented setting of a section, in the order of its Schema. */
export const describe = (section: string, schema: Schema.Top): ReadonlyArray<Description> => walk(schema.ast, [section])

/** Every documented setting of these sections. */
export const describeAll = (sections: ReadonlyArray<Settings.Section>): ReadonlyArray<Description> =>
  sections.flatMap(({ config, name }) => describe(name, config))

const valueAt = (tree: unknown, path: ReadonlyArray<string>): unknown =>
  path.reduce((node, key) => typeof node === "object" && node !== null ? Reflect.get(node, key) : undefined, tree)

/** Where a setting was written; for a group or list that came in parts, where its first part was. */
const originOf = (key: string, origins: Settings.SettingsTree["origins"]): string | undefined =>
  origins.get(key) ?? [...origins].find(([at]) => at.startsWith(`${key}.`))?.[1]

/** Every documented setting as it is in force. */
export const leaves = (
  sections: ReadonlyArray<Settings.Section>,
  { origins, value }: Pick<Settings.SettingsTree, "origins" | "value">
): ReadonlyArray<Settings.Leaf> =>
  describeAll(sections).map(({ default: fallback, path, reloadable = false, secret = false }) => {
    const [key, written] = [path.join("."), valueAt(value, path)]
    const plugin = path[0] ?? ""
    return { key, plugin, value: written ?? fallback, origin: originOf(key, origins), secret, reloadable }
  })

export interface NotApplied {
  readonly key: string
  readonly origin: string
  readonly why: string
}

/** The settings that somebody wrote and that have no effect, each with the reason. */
export const notApplied = (
  sections: ReadonlyArray<Settings.Section>,
  { origins }: Pick<Settings.SettingsTree, "origins">
): ReadonlyArray<NotApplied> =>
  describeAll(sections).flatMap(({ notApplied: why, path }) => {
    const key = path.join(".")
    const origin = originOf(key, origins)
    return why === undefined || origin === undefined ? [] : [{ key, origin, why }]
  })
