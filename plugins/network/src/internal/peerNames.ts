/** The names in the verified client certificate of a TLS connection. Only user of Node's certificate objects for requests. */
import { type PeerCertificate, TLSSocket } from "node:tls"
import { alternativeNames } from "./tlsNames.ts"

export interface PeerNames {
  readonly common_name: ReadonlyArray<string>
  readonly dns: ReadonlyArray<string>
  readonly uri: ReadonlyArray<string>
  readonly email: ReadonlyArray<string>
}

/** Node has an array where a subject has several common names. */
const commonNames = ({ subject }: PeerCertificate): ReadonlyArray<string> => {
  const name: unknown = subject?.CN
  return [name].flat().filter((each) => typeof each === "string")
}

const namesOf = (certificate: PeerCertificate): PeerNames => {
  const names = alternativeNames(certificate.subjectaltname)
  const of = (wanted: string) => names.filter(({ kind }) => kind === wanted).map(({ value }) => value)
  return { common_name: commonNames(certificate), dns: of("DNS"), uri: of("URI"), email: of("email") }
}

const known = new WeakMap<TLSSocket, PeerNames>()

const socketOf = (request: object): TLSSocket | undefined =>
  "socket" in request && request.socket instanceof TLSSocket ? request.socket : undefined

/** Undefined where the connection has no certificate that one of our authorities signed. `request` is Node's own. */
export const peerNames = (request: object): PeerNames | undefined => {
  const socket = socketOf(request)
  if (socket === undefined || !socket.authorized) return undefined
  const found = known.get(socket)
  if (found !== undefined) return found
  const certificate = socket.getPeerCertificate()
  if (Object.keys(certificate).length === 0) return undefined
  const names = namesOf(certificate)
  known.set(socket, names)
  return names
}
