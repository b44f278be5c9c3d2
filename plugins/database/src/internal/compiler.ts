/**
 * How statements become text. Most are literals and parameters only, and those are put together here in one pass: the driver's compiler
 * first asks a WeakMap for every statement, and enters each into it, which costs more than compiling.
 */
import * as PgClient from "@effect/sql-pg/PgClient"
import type { Compiler, Segment } from "effect/sql/Statement"

type Compiled = ReturnType<Compiler["compile"]>

/** Undefined when there is anything else in it. */
const plain = (segments: ReadonlyArray<Segment>): Compiled | undefined => {
  let text = ""
  let placeholders = 0
  const params: Array<unknown> = []
  for (const segment of segments) {
    if (segment._tag === "Literal") {
      text += segment.value
      if (segment.params !== undefined) { for (const param of segment.params) params.push(param) }
    } else if (segment._tag === "Parameter") {
      text += `$${++placeholders}`
      params.push(segment.value)
    } else return undefined
  }
  return [text, params]
}

export const make = (): Compiler => {
  const full = PgClient.makeCompiler()
  const compiler: Compiler = {
    dialect: full.dialect,
    compile: (statement, withoutTransform) => plain(statement.segments) ?? full.compile(statement, withoutTransform),
    get withoutTransform() {
      return compiler
    }
  }
  return compiler
}
