/** A server as `host:port`: how it is written in settings, and how it is shown. */
export interface Endpoint {
  readonly host: string
  readonly port: number
}

export const defaultPort = 5432

/** The folder of a unix socket, an IPv6 address in brackets, or a name; then a port where it is not 5432. */
const pattern = /^(?:\[([0-9a-fA-F:.]+)\]|(\/[^\s:]*|[^\s:[\]/]+))(?::(\d{1,5}))?$/

/** Undefined when it is none. */
export const parseEndpoint = (text: string): Endpoint | undefined => {
  const match = pattern.exec(text.trim())
  const host = match?.[1] ?? match?.[2]
  const port = match?.[3] === undefined ? defaultPort : Number(match[3])
  return host === undefined || port < 1 || port > 65535 ? undefined : { host, port }
}

export const nameOf = ({ host, port }: Endpoint): string => host.includes(":") ? `[${host}]:${port}` : `${host}:${port}`
