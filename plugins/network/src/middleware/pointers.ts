/** Schema faults as JSON pointers into `{ path, query, headers, body }`. */
import type * as Schema from "effect/Schema"
import * as SchemaIssue from "effect/SchemaIssue"
import type { ProblemError } from "../Problem.ts"

/** A hostile body may have thousands of wrong parts; nobody reads more than these. */
const most = 20

const longest = 300

const format = SchemaIssue.makeFormatterStandardSchemaV1()

/** RFC 6901: `~` and `/` are the only characters with a meaning. */
const escape = (segment: string): string => segment.replaceAll("~", "~0").replaceAll("/", "~1")

export const pointersOf = (place: string, { issue }: Schema.SchemaError): ReadonlyArray<ProblemError> =>
  format(issue).issues.slice(0, most).map(({ message, path = [] }) => {
    const segments = path.map((step) => escape(String(typeof step === "object" ? step.key : step)))
    return { pointer: ["", place, ...segments].join("/"), detail: message.slice(0, longest) }
  })
