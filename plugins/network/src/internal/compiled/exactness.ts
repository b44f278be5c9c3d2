/**
 * Functions made from a Schema's AST that copy a value which fits exactly, and say `inexact` about every other one. What is
 * inexact goes to Schema itself, which reports faults, strips, transforms and reads its options; so a function may give up
 * at any time, but may never accept what Schema would refuse, nor answer anything but what Schema would.
 */
import type * as SchemaAST from "effect/SchemaAST"

/** Not to be judged here. */
export const inexact: unique symbol = Symbol("inexact")

export type Exact = (input: unknown) => unknown

/** Values that the generated text refers to by their index. */
type Constants = Array<unknown>

interface Source {
  readonly constants: Constants
  readonly options: SchemaAST.ParseOptions
  next: number
}

/** The AST has a part that only Schema understands. */
class Unsupported extends Error {}

const unsupported = (): never => {
  throw new Unsupported()
}

const variable = (source: Source): string => `v${source.next++}`

const constant = (source: Source, value: unknown): string => `k[${source.constants.push(value) - 1}]`

const no = "return inexact;"

type Emit = (source: Source, ast: SchemaAST.AST, input: string, output: string) => string

const isSpecialNumber = (ast: SchemaAST.AST): boolean =>
  ast._tag === "Literal"
    ? !Number.isFinite(Number(ast.literal))
    : ast._tag === "Union" && ast.types.every(isSpecialNumber)

/** `NaN` and the infinities have no JSON; `toCodecJson` gives numbers a second spelling for them, which is left to Schema. */
const isJsonNumber = ({ encoding }: SchemaAST.AST): boolean => {
  const to = encoding?.length === 1 ? encoding[0].to : undefined
  if (to?._tag !== "Union") return false
  const [first, ...others] = to.types
  return first?._tag === "Number" && first.encoding === undefined && others.every(isSpecialNumber)
}

const emitNumber: Emit = (_source, ast, input, output) => {
  if (ast.encoding !== undefined && !isJsonNumber(ast)) return unsupported()
  const finite = ast.encoding === undefined ? "" : ` || !Number.isFinite(${input})`
  return `if (typeof ${input} !== "number"${finite}) ${no} ${output} = ${input};`
}

const primitive = (type: string): Emit => (_source, ast, input, output) =>
  ast.encoding === undefined ? `if (typeof ${input} !== "${type}") ${no} ${output} = ${input};` : unsupported()

const emitLiteral = (source: Source, literal: unknown, input: string, output: string): string =>
  typeof literal === "bigint"
    ? unsupported()
    : `if (${input} !== ${constant(source, literal)}) ${no} ${output} = ${input};`

const emitArray = (source: Source, ast: SchemaAST.Arrays, input: string, output: string): string => {
  const [item, ...others] = ast.rest
  if (ast.elements.length > 0 || item === undefined || others.length > 0 || ast.encodingChecks !== undefined) {
    return unsupported()
  }
  const [index, from, to] = [variable(source), variable(source), variable(source)]
  return `if (!Array.isArray(${input})) ${no} ${output} = new Array(${input}.length);` +
    `for (let ${index} = 0; ${index} < ${input}.length; ${index}++) {` +
    `const ${from} = ${input}[${index}]; let ${to}; ${emit(source, item, from, to)} ${output}[${index}] = ${to}; }`
}

/** Names that every object answers to are left to Schema, as are symbols. */
const isPlainName = (name: PropertyKey): name is string => typeof name === "string" && !(name in Object.prototype)

/** An optional member that is there and undefined is Schema's to judge. */
const emitMember = (source: Source, input: string, output: string, { name, type }: SchemaAST.PropertySignature) => {
  if (!isPlainName(name)) return unsupported()
  const [key, from, to] = [JSON.stringify(name), variable(source), variable(source)]
  const copy = `let ${to}; ${emit(source, type, from, to)} ${output}[${key}] = ${to};`
  const absent = type.context?.isOptional === true ? `if (${key} in ${input}) ${no}` : no
  return `const ${from} = ${input}[${key}]; if (${from} === undefined) { ${absent} } else { ${copy} }`
}

/** Only where the options refuse members that nobody declared does it matter whether there are such. */
const emitExcess = (source: Source, input: string, output: string): string =>
  source.options.onExcessProperty === "error"
    ? `if (Reflect.ownKeys(${input}).length !== Object.keys(${output}).length) ${no}`
    : ""

const emitObject = (source: Source, ast: SchemaAST.Objects, input: string, output: string): string => {
  if (ast.indexSignatures.length > 0 || ast.propertySignatures.length === 0 || ast.encodingChecks !== undefined) {
    return unsupported()
  }
  return `if (typeof ${input} !== "object" || ${input} === null || Array.isArray(${input})) ${no} ${output} = {};` +
    ast.propertySignatures.map((member) => emitMember(source, input, output, member)).join("") +
    emitExcess(source, input, output)
}

/** Only of members that cannot be confused: each is a literal. */
const emitUnion = (source: Source, ast: SchemaAST.Union, input: string, output: string): string => {
  const literals = ast.types.map((type) =>
    type._tag === "Literal" && type.encoding === undefined && type.checks === undefined &&
      typeof type.literal !== "bigint"
      ? type.literal
      : unsupported()
  )
  if (ast.encodingChecks !== undefined) return unsupported()
  return `if (!${constant(source, new Set(literals))}.has(${input})) ${no} ${output} = ${input};`
}

const emitType = (source: Source, ast: SchemaAST.AST, input: string, output: string): string => {
  if (ast._tag === "Number") return emitNumber(source, ast, input, output)
  if (ast.encoding !== undefined) return unsupported()
  switch (ast._tag) {
    case "String":
      return primitive("string")(source, ast, input, output)
    case "Boolean":
      return primitive("boolean")(source, ast, input, output)
    case "Null":
      return emitLiteral(source, null, input, output)
    case "Literal":
      return emitLiteral(source, ast.literal, input, output)
    case "Arrays":
      return emitArray(source, ast, input, output)
    case "Objects":
      return emitObject(source, ast, input, output)
    case "Union":
      return emitUnion(source, ast, input, output)
    default:
      return unsupported()
  }
}

type Check = SchemaAST.Check<unknown>

/** Every filter runs as it is; a group is all of its members. */
const filters = (check: Check): ReadonlyArray<SchemaAST.Filter<unknown>> =>
  check._tag === "Filter" ? [check] : check.checks.flatMap(filters)

const emitChecks: Emit = (source, ast, _input, output) =>
  (ast.checks ?? []).flatMap(filters).map((filter) =>
    `if (${constant(source, filter)}.run(${output}, ${constant(source, ast)}, options) !== undefined) ${no}`
  ).join("")

const emit: Emit = (source, ast, input, output) =>
  emitType(source, ast, input, output) + emitChecks(source, ast, input, output)

const generate = (ast: SchemaAST.AST, options: SchemaAST.ParseOptions): Exact => {
  const source: Source = { constants: [], options, next: 0 }
  const body = emit(source, ast, "input", "output")
  const text = `"use strict"; return (input) => { let output; ${body} return output; }`
  // oxlint-disable-next-line typescript/no-implied-eval -- the text is made of constants and of names in JSON, never of input
  const made: Exact = new Function("k", "inexact", "options", text)(source.constants, inexact, options)
  return made
}

/**
 * The exact copy for a Schema whose encoded form is its type, under these options. Undefined where only Schema will do: it
 * transforms, has a part that is not known here, runs without its checks, or the process forbids generated code.
 */
export const exactly = (ast: SchemaAST.AST, options: SchemaAST.ParseOptions | undefined = {}): Exact | undefined => {
  if (options.disableChecks === true) return undefined
  try {
    return generate(ast, options)
  } catch (error) {
    if (error instanceof Unsupported || error instanceof EvalError) return undefined
    throw error
  }
}
