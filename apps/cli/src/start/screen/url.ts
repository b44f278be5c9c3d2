interface Address {
  readonly host: string
  readonly port: number
}

const wildcards: Readonly<Record<string, string>> = { "0.0.0.0": "127.0.0.1", "::": "::1" }

/** What a person on this machine can open. */
export const url = (address: Address | undefined, path: string): string => {
  if (address === undefined) return "off"
  const host = wildcards[address.host] ?? address.host
  return `http://${host.includes(":") ? `[${host}]` : host}:${address.port}${path}`
}
