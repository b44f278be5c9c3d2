/**
 * What may be written for a part of the settings, read from its Schema: the reference page and the JSON Schema for editors
 * are two ways to tell the same form. The only place that knows how Effect spells Schemas as trees.
 */
import type * as JsonSchema from "effect/JsonSchema"
import * as Schema from "effect/Schema"
import * as AST from "effect/SchemaAST"

/** How the values of a type are written. */
export interface Spelling {
  /** A few words: `duration`, `whole number of 1 or more`. */
  readonly type: string
  /** The same for editors; a value has to fit one of them. */
  readonly json: ReadonlyArray<JsonSchema.JsonSchema>
}

export type Form =
  | { readonly kind: "scalar"; readonly spelling: () => Spelling }
  | { readonly kind: "list"; readonly item: Form }
  | { readonly kind: "map"; readonly value: Form }
  | { readonly kind: "group"; readonly fields: ReadonlyArray<Field> }
  | { readonly kind: "choice"; readonly members: ReadonlyArray<Form> }

export interface Field {
  readonly name: string
  readonly form: Form
  readonly required: () => boolean
  /** It, or something in it, is redacted. */
  readonly secret: boolean
  /** What was annotated to the key. */
  readonly annotations: Schema.Annotations.Annotations | undefined
}

const spelling = "heptad/spelling"

declare module "effect/Schema" {
  namespace Annotations {
    interface Annotations {
      readonly "heptad/spelling"?: Spelling
    }
  }
}

/** Annotates a type with the spelling that its JSON Schema cannot tell, because it is parsed from text. */
export const spelled = (value: Spelling) => ({ [spelling]: value })

const distinct = (words: ReadonlyArray<string>): string => [...new Set(words)].join(" or ")

const wordsOf = ({ anyOf, enum: members, type }: JsonSchema.JsonSchema): string =>
  Array.isArray(members)
    ? members.join(", ")
    : Array.isArray(anyOf)
    ? distinct(anyOf.map(wordsOf))
    : type === "string"
    ? "text"
    : String(type)

/** What has no spelling of its own is written as it is encoded. Asked by pages and editors only, never by a start. */
const asEncoded = (ast: AST.AST): Form => ({
  kind: "scalar",
  spelling: () => {
    const { schema } = Schema.toJsonSchemaDocument(Schema.make(AST.toEncoded(ast)))
    return { type: wordsOf(schema), json: [schema] }
  }
})

const isSecret = (ast: AST.AST): boolean =>
  AST.isArrays(ast)
    ? ast.rest.some(isSecret)
    : AST.isUnion(ast)
    ? ast.types.some(isSecret)
    : AST.isObjects(ast)
    ? [...ast.propertySignatures, ...ast.indexSignatures].some(({ type }) => isSecret(type))
    : AST.resolve(ast)?.["expected"] === "Redacted"

const fieldOf = ({ name, type }: AST.PropertySignature): Field => ({
  name: String(name),
  form: formOf(type),
  required: () => !AST.isOptional(AST.toEncoded(type)),
  secret: isSecret(type),
  annotations: type.context?.annotations
})

const ofObject = ({ indexSignatures: [index], propertySignatures }: AST.Objects): Form =>
  index === undefined
    ? { kind: "group", fields: propertySignatures.map(fieldOf) }
    : { kind: "map", value: formOf(index.type) }

const ofList = (ast: AST.Arrays): Form => {
  const [item] = ast.rest
  return item === undefined ? asEncoded(ast) : { kind: "list", item: formOf(item) }
}

const ofUnion = (ast: AST.Union): Form =>
  ast.types.every(AST.isLiteral) ? asEncoded(ast) : { kind: "choice", members: ast.types.map(formOf) }

/** An annotation after a check stands on that check. */
const spellingOf = (ast: AST.AST): Spelling | undefined =>
  [ast, ...ast.checks ?? []].map(({ annotations }) => annotations?.[spelling]).find((own) => own !== undefined)

const read = (ast: AST.AST): Form => {
  const own = spellingOf(ast)
  if (own !== undefined) return { kind: "scalar", spelling: () => own }
  return AST.isObjects(ast)
    ? ofObject(ast)
    : AST.isArrays(ast)
    ? ofList(ast)
    : AST.isUnion(ast)
    ? ofUnion(ast)
    : asEncoded(ast)
}

/** A start asks for the same forms several times. */
const forms = new WeakMap<AST.AST, Form>()

export const formOf = (ast: AST.AST): Form => {
  const known = forms.get(ast)
  if (known !== undefined) return known
  const form = read(ast)
  forms.set(ast, form)
  return form
}

/** A form in a few words. */
export const typeOf = (form: Form): string => {
  switch (form.kind) {
    case "scalar":
      return form.spelling().type
    case "list":
      return `list of ${typeOf(form.item)}`
    case "map":
      return `map of ${typeOf(form.value)}`
    case "group":
      return "group"
    case "choice":
      return distinct(form.members.map(typeOf))
  }
}

/** Whether one text can be all of it, so that an environment variable can set it. */
export const isText = (form: Form): boolean =>
  form.kind === "scalar" || (form.kind === "choice" && form.members.some(isText))
