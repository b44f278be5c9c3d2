/** The codes of failures: SQLSTATEs of the server, names of the operating system and of TLS. */
import type { SqlError } from "effect/sql/SqlError"

export const propertyOf = (value: unknown, name: "code" | "message" | "sqlState"): string => {
  const found: unknown = typeof value === "object" && value !== null ? Reflect.get(value, name) : undefined
  return typeof found === "string" ? found : ""
}

/** The SQLSTATE of the server, or the code of the operating system. */
export const codeOf = ({ reason: { cause } }: SqlError): string =>
  propertyOf(cause, "code") || propertyOf(cause, "sqlState")

const refusesTls = (error: SqlError): boolean => error.reason.message?.endsWith("Server refused TLS") === true

/** TLS itself could not be had, or not as it should be. */
export const isTls = (error: SqlError): boolean =>
  refusesTls(error) || /CERT|TLS|SSL|ALTNAME|EPROTO|UNABLE_TO_VERIFY/.test(codeOf(error))
