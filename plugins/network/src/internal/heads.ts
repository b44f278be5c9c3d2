/** Begins answers: what is the same in many heads is checked once and kept as text, the fields of the one answer stand behind it. */
import * as http from "node:http"
import { storeHead } from "./nodeInternals.ts"

/** Handlers choose media types freely, so not all of them are kept. */
const mostKept = 64

type Fields = ReadonlyArray<string>

const lineOf = (name: string, value: string): string => {
  http.validateHeaderName(name)
  http.validateHeaderValue(name, value)
  return `${name}: ${value}\r\n`
}

const linesOf = (fields: Fields): string => {
  let lines = ""
  for (let index = 0; index < fields.length; index += 2) lines += lineOf(fields[index] ?? "", fields[index + 1] ?? "")
  return lines
}

export class Heads {
  /** Header fields of every answer: names in lower case, each followed by its value. */
  readonly constant: Fields
  readonly #kept = new Map<number, Map<string, string>>()

  constructor(constant: Fields) {
    this.constant = constant
  }

  /** An answer without a body has no media type: an empty text. */
  write(response: http.ServerResponse, status: number, contentType: string, fields: Fields): void {
    if (
      storeHead(response, status, this.#kept.get(status)?.get(contentType) ?? this.#make(status, contentType), fields)
    ) {
      return
    }
    response.writeHead(status, [...this.constant, ...this.#typed(contentType), ...fields])
  }

  #typed(contentType: string): Fields {
    return contentType === "" ? [] : ["content-type", contentType]
  }

  #make(status: number, contentType: string): string {
    const lines = `HTTP/1.1 ${status} ${http.STATUS_CODES[status] ?? "unknown"}\r\n` +
      linesOf([...this.constant, ...this.#typed(contentType)])
    const ofStatus = this.#kept.get(status) ?? new Map<string, string>()
    if (ofStatus.size < mostKept) this.#kept.set(status, ofStatus.set(contentType, lines))
    return lines
  }
}
