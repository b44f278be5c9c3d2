/**
 * The JSON Schema of settings files. It is made of the forms of settings and not by Effect's own export, which knows the
 * decoded side of `30s` and `4KB`, neither `${NAME}` in the place of any value, nor groups that may be left empty.
 */
import type { Settings } from "@heptad/kernel"
import * as JsonSchema from "effect/JsonSchema"
import * as Setting from "../Setting.ts"
import { homes } from "./merge.ts"
import * as Form from "./settingForm.ts"

type Json = JsonSchema.JsonSchema
type Properties = Readonly<Record<string, Json>>

const reference = { $ref: "#/$defs/reference" }

const definitions = {
  reference: {
    description: "A text with a reference to the environment: ${NAME} or ${NAME:-default}.",
    type: "string",
    pattern: "\\$\\{"
  }
}

/** What any text fits needs no other choice beside it. */
const anyText = (json: Json): boolean => json.type === "string" && Object.keys(json).length === 1

const anyOf = (all: ReadonlyArray<Json>): Json => {
  const [only, ...others] = new Map(all.map((json) => [JSON.stringify(json), json])).values()
  return only === undefined || others.length > 0 ? { anyOf: [only, ...others] } : only
}

const scalar = ({ json }: Form.Spelling): Json => anyOf(json.some(anyText) ? json : [...json, reference])

const closed = (
  type: string | ReadonlyArray<string>,
  properties: Properties,
  required: ReadonlyArray<string>
): Json => ({
  type,
  properties,
  additionalProperties: false,
  ...(required.length === 0 ? {} : { required })
})

/** What editors show; the sentence comes first. */
const textOf = ({ description, env = [], notApplied, platform }: Setting.Info): string =>
  [
    description,
    ...(notApplied === undefined ? [] : [`Not applied: ${notApplied}.`]),
    ...(platform === undefined ? [] : [`Needs ${platform.join(" or ")}.`]),
    ...(env.length === 0 ? [] : [`Environment: ${env.join(", ")}.`])
  ].join(" ")

const told = (json: Json, info: Setting.Documented): Json => ({
  ...json,
  description: textOf(info),
  ...(info.default === undefined ? {} : { default: info.default })
})

/** A group of settings, whose keys may all be commented out; the groups inside items may not. */
const group = ({ fields }: Extract<Form.Form, { kind: "group" }>): Json =>
  closed(["object", "null"], Object.fromEntries(fields.map((field) => [field.name, property(field)])), [])

const property = (field: Form.Field): Json => {
  const info = Setting.infoOf(field)
  if (info !== undefined) return told(valueOf(field.form), info)
  return field.form.kind === "group" ? group(field.form) : valueOf(field.form)
}

const itemOf = (fields: ReadonlyArray<Form.Field>): Json =>
  closed(
    "object",
    Object.fromEntries(fields.map((field) => [field.name, property(field)])),
    fields.filter(({ required }) => required()).map(({ name }) => name)
  )

const valueOf = (form: Form.Form): Json => {
  switch (form.kind) {
    case "scalar":
      return scalar(form.spelling())
    case "list":
      return { type: "array", items: valueOf(form.item) }
    case "map":
      return { type: "object", additionalProperties: valueOf(form.value) }
    case "choice":
      return anyOf(form.members.map(valueOf))
    case "group":
      return itemOf(form.fields)
  }
}

const sectionOf = ({ config }: Settings.Section): Json => {
  const form = Form.formOf(config.ast)
  return form.kind === "group" ? group(form) : valueOf(form)
}

/** The guide's top-level names of what stands in a section. */
const aliases = (all: ReadonlyArray<Settings.Section>): Properties =>
  Object.fromEntries(
    [...homes].flatMap(([name, [section, key]]) =>
      all.filter((one) => one.name === section)
        .flatMap(({ config }) => fieldsOf(Form.formOf(config.ast)))
        .filter((field) => field.name === key)
        .map((field) => [name, property(field)])
    )
  )

const fieldsOf = (form: Form.Form): ReadonlyArray<Form.Field> => form.kind === "group" ? form.fields : []

export const jsonSchemaOf = (all: ReadonlyArray<Settings.Section>): Json => {
  const sections = Object.fromEntries(all.map((section) => [section.name, sectionOf(section)]))
  const link = { type: "string", description: "Where this schema is; for editors, not a setting." }
  return {
    $schema: JsonSchema.META_SCHEMA_URI_DRAFT_2020_12,
    title: "Heptad settings",
    ...closed("object", { $schema: link, ...sections, ...aliases(all) }, []),
    $defs: definitions
  }
}
