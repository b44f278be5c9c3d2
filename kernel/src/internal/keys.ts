import * as AST from "effect/SchemaAST"

const properties = (ast: AST.AST): ReadonlyArray<AST.PropertySignature> =>
  AST.isObjects(ast) ? ast.propertySignatures : []

/** Every Schema that may stand below a key: alternatives and list items included. */
const children = (ast: AST.AST, key: string): ReadonlyArray<AST.AST> =>
  AST.isArrays(ast)
    ? ast.rest
    : AST.isUnion(ast)
    ? ast.types.flatMap((member) => children(member, key))
    : properties(ast).flatMap((property) => property.name === key ? [property.type] : [])

const keysOf = (ast: AST.AST): ReadonlyArray<string> =>
  AST.isUnion(ast) ? ast.types.flatMap(keysOf) : properties(ast).map((property) => String(property.name))

const schemasAt = (ast: AST.AST, path: ReadonlyArray<string>): ReadonlyArray<AST.AST> =>
  path.reduce<ReadonlyArray<AST.AST>>((at, key) => at.flatMap((one) => children(one, key)), [ast])

/** The keys that a Schema knows below `path`. */
export const keysAt = (ast: AST.AST, path: ReadonlyArray<string>) => schemasAt(ast, path).flatMap(keysOf)

/** Whether the value at `path` is decoded to a `Redacted`, so that nobody may be shown it. */
export const isSecretAt = (ast: AST.AST, path: ReadonlyArray<string>): boolean =>
  schemasAt(ast, path).some((at) => AST.resolve(at)?.["expected"] === "Redacted")
