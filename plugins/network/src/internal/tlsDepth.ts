/** How long the way from a client's certificate to an authority of ours is. Pure. */
import type { X509Certificate } from "node:crypto"

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
