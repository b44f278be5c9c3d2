/** Who a client is by its certificate, and how long the way from there to an authority of ours is. */
import type { X509Certificate } from "node:crypto"
import type * as net from "node:net"
import { TLSSocket } from "node:tls"
import { alternativeNames } from "./tlsNames.ts"

export interface PeerSubject {
  readonly commonName: string | undefined
  readonly dns: ReadonlyArray<string>
  /** Among them the SPIFFE id, `spiffe://...`. */
  readonly uris: ReadonlyArray<string>
  readonly emails: ReadonlyArray<string>
  readonly fingerprint256: string
}

const commonNameOf = ({ subject }: X509Certificate): string | undefined => /^CN=(.+)$/m.exec(subject)?.[1]

/** Undefined unless the client showed a certificate that was verified against the authorities of `network.tls.ca_file`. */
export const peerSubject = (socket: net.Socket): PeerSubject | undefined => {
  if (!(socket instanceof TLSSocket) || !socket.authorized) return undefined
  const certificate = socket.getPeerX509Certificate()
  if (certificate === undefined) return undefined
  const names = alternativeNames(certificate.subjectAltName)
  const of = (wanted: string) => names.filter(({ kind }) => kind === wanted).map(({ value }) => value)
  return {
    commonName: commonNameOf(certificate),
    dns: of("DNS"),
    uris: of("URI"),
    emails: of("email"),
    fingerprint256: certificate.fingerprint256
  }
}

const issued = (issuer: X509Certificate, certificate: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey)

const isRoot = (certificate: X509Certificate): boolean => certificate.checkIssued(certificate)

/** More than any honest client sends; each costs a signature. */
const maxSent = 16

/** The certificates that the client sent after its own, in its order. */
const sentAfter = (leaf: X509Certificate): ReadonlyArray<X509Certificate> => {
  const sent: Array<X509Certificate> = []
  for (let at = leaf.issuerCertificate; at !== undefined && sent.length < maxSent; at = at.issuerCertificate) {
    sent.push(at)
  }
  return sent
}

/**
 * Whether at most `depth` intermediate authorities stand between a certificate and a root of ours, as OpenSSL counts them.
 * OpenSSL has found a way already, but Node does not tell which. Every step is a signature that was checked: a name alone
 * could be made up to look shorter.
 */
export const isWithinDepth = (
  leaf: X509Certificate,
  authorities: ReadonlyArray<X509Certificate>,
  depth: number
): boolean => {
  const roots = authorities.filter(isRoot)
  let unused = [...sentAfter(leaf), ...authorities].filter((each) => !isRoot(each))
  let level = [leaf]
  for (let passed = 0; passed <= depth && level.length > 0; passed++) {
    if (level.some((each) => roots.some((root) => each.raw.equals(root.raw) || issued(root, each)))) return true
    const next = unused.filter((issuer) => level.some((each) => issued(issuer, each)))
    unused = unused.filter((each) => !next.includes(each))
    level = next
  }
  return false
}
