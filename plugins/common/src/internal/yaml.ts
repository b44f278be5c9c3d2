/** YAML 1.2 text to settings with positions. Together with `yamlTree.ts` the only user of npm `yaml`. */
import { type Document, LineCounter, parseAllDocuments, type YAMLError } from "yaml"
import type { Fault, Node } from "./node.ts"
import { LimitPassed, maxDepth, type Position, walk } from "./yamlTree.ts"

/** More is noise: the first mistake causes the rest. */
const maxErrors = 20

export interface Parsed {
  /** Absent when the text is empty or cannot be read. */
  readonly node?: Node | undefined
  readonly faults: ReadonlyArray<Fault>
}

/** `@timestamp:` is not YAML, `@` being reserved, but the guide writes it and it can mean only one thing. */
const reservedKey = /@[^\s:,{}[\]]*[ \t]*:(?=\s|$)/y

const isReservedKey = (text: string, { code, pos }: YAMLError): boolean => {
  reservedKey.lastIndex = pos[0]
  return code === "BAD_SCALAR_START" && reservedKey.test(text)
}

/** The library catches its own stack overflows and tells them as errors. */
const isOverflow = ({ message }: YAMLError): boolean => message.startsWith("Maximum call stack")

const syntaxErrors = (text: string, docs: ReadonlyArray<Document.Parsed>): ReadonlyArray<YAMLError> => {
  const errors = docs.flatMap((doc) => [...doc.errors, ...doc.warnings])
  if (errors.some(isOverflow)) throw new LimitPassed(`is nested deeper than ${maxDepth} levels`)
  return errors.filter((error) => !isReservedKey(text, error)).slice(0, maxErrors)
}

const read = (text: string, position: Position, lineCounter: LineCounter): Parsed => {
  const docs = parseAllDocuments(text, { lineCounter, prettyErrors: false, uniqueKeys: false, logLevel: "error" })
  const [doc, second] = "empty" in docs ? [] : docs
  if (doc === undefined) return { faults: [] }
  const told = ({ message, pos }: YAMLError) => ({ key: "YAML", origin: position(pos[0]), problem: message })
  const faults: Array<Fault> = syntaxErrors(text, [doc]).map(told)
  if (second !== undefined) {
    const origin = position(second.range[0])
    faults.push({ key: "YAML", origin, problem: "a second document begins here; keep one document per file" })
  }
  return faults.length > 0 ? { faults } : { node: walk(doc, position, faults), faults }
}

/** `place` makes an origin of line and column, both counted from 1. Never throws. */
export const parse = (text: string, place: (line: number, column: number) => string): Parsed => {
  const lines = new LineCounter()
  const position: Position = (offset) => {
    const { col, line } = lines.linePos(offset)
    return place(Math.max(1, line), Math.max(1, col))
  }
  try {
    return read(text, position, lines)
  } catch (error) {
    const problem = error instanceof LimitPassed ? error.message : `cannot be parsed: ${String(error)}`
    return { faults: [{ key: "YAML", origin: place(1, 1), problem }] }
  }
}
