/**
 * How a plugin documents one setting inside its config Schema. The annotation is the only source of the default, the
 * environment name, the unit, and of the honest answer to "is this applied?".
 */
import { Settings } from "@heptad/kernel"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as SchemaTransformation from "effect/SchemaTransformation"
import * as Form from "./internal/settingForm.ts"

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
  /** The operating systems that can do it, as Node calls them; elsewhere it is told as not applied. Default: all. */
  readonly platform?: ReadonlyArray<string>
  /** Its value is shown nowhere. True by itself where its Schema redacts: see `SettingTypes.Secret`. Default: false. */
  readonly secret?: boolean
}

/** What an annotation holds. */
export interface Documented extends Info {
  readonly default?: unknown
}

/** A leaf of a config Schema as documentation and the environment loader see it. */
export interface Description extends Documented {
  /** In an item of a list the step before ends with `[]`; a name that is free is `<name>`. */
  readonly path: ReadonlyArray<string>
  /** Whether it must be written; only in items. */
  readonly required: () => boolean
  readonly form: Form.Form
  /** Every environment variable that sets it, the canonical name first. */
  readonly names: ReadonlyArray<string>
}

const annotation = "heptad/setting"

declare module "effect/Schema" {
  namespace Annotations {
    interface Annotations {
      readonly "heptad/setting"?: Documented
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

/** A setting that must be written: in the items of a list or map, where no default would make sense. */
export const item = <S extends Schema.Top>(schema: S, info: Info) => schema.annotateKey({ [annotation]: info })

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

/** Of any key, whatever other names it has: its path in upper case. */
const unifiedName = (path: ReadonlyArray<string>): string => ["UNIFIED", ...path].join("_").toUpperCase()

/** What was documented at a key of a group. */
export const infoOf = ({ annotations }: Pick<Form.Field, "annotations">): Documented | undefined =>
  annotations?.[annotation]

const describeField = (field: Form.Field, path: ReadonlyArray<string>) => {
  const { form, required, secret } = field
  const info = infoOf(field)
  return info === undefined ? [] : [{ ...info, secret: info.secret ?? secret, required, form, path, names: [] }]
}

const walk = (form: Form.Form, path: ReadonlyArray<string>): ReadonlyArray<Description> =>
  form.kind !== "group" ? [] : form.fields.flatMap((field) => {
    const at = [...path, field.name]
    const [described] = describeField(field, at)
    if (described === undefined) return walk(field.form, at)
    return [{ ...described, names: [...described.env ?? [], ...(Form.isText(field.form) ? [unifiedName(at)] : [])] }]
  })

/** Every documented setting of a section, in the order of its Schema. */
export const describe = (section: string, schema: Schema.Top): ReadonlyArray<Description> =>
  walk(Form.formOf(schema.ast), [section])

/** Every documented setting of these sections. */
export const describeAll = (sections: ReadonlyArray<Settings.Section>): ReadonlyArray<Description> =>
  sections.flatMap(({ config, name }) => describe(name, config))

const inLast = ([...path]: ReadonlyArray<string>): ReadonlyArray<string> => [...path.slice(0, -1), `${path.at(-1)}[]`]

const below = (form: Form.Form, path: ReadonlyArray<string>): ReadonlyArray<Description> => {
  switch (form.kind) {
    case "scalar":
      return []
    case "list":
      return below(form.item, inLast(path))
    case "map":
      return below(form.value, [...path, "<name>"])
    case "choice":
      return form.members.flatMap((member) => below(member, path))
    case "group":
      return form.fields.flatMap((field) => {
        const at = [...path, field.name]
        return [...describeField(field, at), ...below(field.form, at)]
      })
  }
}

/** Items of several kinds have settings in common: each is told once, with all that it may be. */
const once = (all: ReadonlyArray<Description>): ReadonlyArray<Description> =>
  [...Map.groupBy(all, ({ path }) => path.join("."))].flatMap(([, [first, ...rest]]) =>
    first === undefined
      ? []
      : [{ ...first, form: { kind: "choice", members: [first.form, ...rest.map(({ form }) => form)] } }]
  )

/** What holds for a whole list or map holds for what stands in it. */
const within = ({ form, notApplied, path, platform }: Description): ReadonlyArray<Description> =>
  once(below(form, path)).map((setting) => ({
    ...(notApplied === undefined ? {} : { notApplied }),
    ...(platform === undefined ? {} : { platform }),
    ...setting
  }))

/** Every documented setting of these sections, those inside the items of lists and maps included. */
export const reference = (sections: ReadonlyArray<Settings.Section>): ReadonlyArray<Description> =>
  describeAll(sections).flatMap((setting) => [setting, ...within(setting)])

/** What may be written for a setting, in a few words. */
export const typeOf = ({ form }: Pick<Description, "form">): string => Form.typeOf(form)

/** Where a setting was written; for a group or list that came in parts, where its first part was. */
const originOf = (key: string, origins: Settings.SettingsTree["origins"]): string | undefined =>
  origins.get(key) ?? [...origins].find(([at]) => at.startsWith(`${key}.`))?.[1]

/** Every documented setting as it is in force. */
export const leaves = (
  sections: ReadonlyArray<Settings.Section>,
  { origins, value }: Pick<Settings.SettingsTree, "origins" | "value">
): ReadonlyArray<Settings.Leaf> =>
  describeAll(sections).map(({ default: fallback, path, reloadable = false, secret = false }) => {
    const [key, written] = [path.join("."), Settings.valueAt(value, path)]
    const plugin = path[0] ?? ""
    return { key, plugin, value: written ?? fallback, origin: originOf(key, origins), secret, reloadable }
  })

export interface NotApplied {
  readonly key: string
  readonly origin: string
  readonly why: string
}

/** Why a setting has no effect on an operating system; undefined when it has. */
export const whyNot = (
  { notApplied: why, platform: able }: Pick<Info, "notApplied" | "platform">,
  platform: string
): string | undefined =>
  why ?? (able === undefined || able.includes(platform) ? undefined : `needs ${able.join(" or ")}, this is ${platform}`)

/** The settings that somebody wrote and that have no effect on this operating system, each with the reason. */
export const notApplied = (
  sections: ReadonlyArray<Settings.Section>,
  { origins }: Pick<Settings.SettingsTree, "origins">,
  platform: string
): ReadonlyArray<NotApplied> =>
  describeAll(sections).flatMap((setting) => {
    const key = setting.path.join(".")
    const [origin, why] = [originOf(key, origins), whyNot(setting, platform)]
    return why === undefined || origin === undefined ? [] : [{ key, origin, why }]
  })
