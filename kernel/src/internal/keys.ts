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

/** The keys that a Schema knows below `path`. */
export const keysAt = (ast: AST.AST, path: ReadonlyArray<string>): ReadonlyArray<string> =>
  path.reduce<ReadonlyArray<AST.AST>>((at, key) => at.flatMap((one) => children(one, key)), [ast]).flatMap(keysOf)
