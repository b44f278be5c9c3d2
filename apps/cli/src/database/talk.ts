/** What the database has to say while a verb works on it: lines for a person, on standard error. */
import * as Logger from "effect/Logger"
import { printable } from "../printable.ts"

const line = Logger.make(({ logLevel, message }) => {
  const text = (Array.isArray(message) ? message : [message]).map(String).join(" ")
  return printable(logLevel === "Info" ? text : `${logLevel.toLowerCase()}: ${text}`)
})

export const layer = Logger.layer([Logger.withConsoleError(line)])
