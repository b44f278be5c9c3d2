/** The certificates in force, by name. Connections that are open keep what they have begun with. */
import * as Effect from "effect/Effect"
import * as Semaphore from "effect/Semaphore"
import { randomBytes, X509Certificate } from "node:crypto"
import type * as nodeTls from "node:tls"
import * as Tls from "./tls.ts"
import * as Certificates from "./tlsCertificate.ts"
import { picker } from "./tlsNames.ts"
import * as Renewal from "./tlsRenewal.ts"

export interface ReloadOptions {
  /** Read and judge, and change nothing. */
  readonly dryRun: boolean
}

type Reader = Effect.Services<ReturnType<typeof Certificates.read>>

export interface Keyring {
  /** Of the certificate for everybody, for the start of the server. */
  readonly options: Renewal.Entry["options"]
  readonly certificates: () => ReadonlyArray<Certificates.Certificate>
  readonly authorities: () => Certificates.Authorities | undefined
  /** The context for a client that asks for this name; undefined: that of everybody. */
  readonly contextFor: (name: string) => nodeTls.SecureContext | undefined
  /** The OCSP response for the certificate with this DER. */
  readonly stapleFor: (certificate: Buffer, now: number) => Buffer | undefined
  /** Why files are not in force although they were changed. */
  readonly faults: () => ReadonlyArray<string>
  /** From now on this server shows what is in force. */
  readonly attach: (server: nodeTls.Server) => void
  readonly reload: (options: ReloadOptions) => Effect.Effect<ReadonlyArray<Renewal.Outcome>, never, Reader>
  /** Tickets that were given out are no longer taken: who learns a key reads no connection that began before it. */
  readonly renewTickets: Effect.Effect<void>
}

const entriesOf = ({ first, others }: Renewal.InForce): ReadonlyArray<Renewal.Entry> => [first, ...others]

const pickerOf = (inForce: Renewal.InForce) => {
  const pick = picker(entriesOf(inForce).map((entry) => [entry.certificate.names, entry] as const))
  return (name: string): nodeTls.SecureContext | undefined => {
    const found = pick(name)
    return found === undefined || found === inForce.first ? undefined : found.context
  }
}

const stapleOf = (
  certificates: ReadonlyArray<Certificates.Certificate>,
  der: Buffer,
  now: number
): Buffer | undefined => {
  if (certificates.every(({ staple }) => staple === undefined)) return undefined
  const { fingerprint256 } = new X509Certificate(der)
  const staple = certificates.find(({ fingerprint }) => fingerprint === fingerprint256)?.staple
  if (staple === undefined || (staple.until !== undefined && now >= staple.until)) return undefined
  return Buffer.from(staple.bytes)
}

/** Reads everything; what cannot be used stops the start. */
const read = Effect.fnUntraced(function*(tls: Certificates.Tls, protocol: Tls.Protocol) {
  const [first, ...others] = yield* Certificates.sourcesOf(tls)
  const authorities = yield* Certificates.readAuthorities(tls)
  const entry = (source: Certificates.Source) =>
    Effect.flatMap(Certificates.read(source), (certificate) => Renewal.enter(protocol, certificate, authorities))
  return {
    first: yield* entry(first),
    others: yield* Effect.forEach(others, entry),
    authorities
  } satisfies Renewal.InForce
})

export const make = Effect.fnUntraced(function*(tls: Certificates.Tls) {
  const protocol = yield* Tls.protocol(tls)
  let inForce: Renewal.InForce = yield* read(tls, protocol)
  let pick = pickerOf(inForce)
  let server: nodeTls.Server | undefined
  const { faults, tell } = Renewal.journal()
  const oneAtATime = yield* Semaphore.make(1)

  const swap = (next: Renewal.InForce): void => {
    if (next.first !== inForce.first) server?.setSecureContext(next.first.options)
    inForce = next
    pick = pickerOf(next)
  }

  const reload = Effect.fnUntraced(function*({ dryRun }: ReloadOptions) {
    const { next, outcomes } = yield* Renewal.read(tls, protocol, inForce)
    if (!dryRun) {
      swap(next)
      yield* Effect.forEach(outcomes, tell, { discard: true })
    }
    return outcomes.map(({ message: _, ...outcome }): Renewal.Outcome => outcome)
  })

  const certificates = () => entriesOf(inForce).map(({ certificate }) => certificate)
  const keyring: Keyring = {
    options: inForce.first.options,
    certificates,
    authorities: () => inForce.authorities,
    contextFor: (name) => pick(name),
    stapleFor: (der, now) => stapleOf(certificates(), der, now),
    faults,
    attach: (attached) => {
      server = attached
    },
    reload: (options) => oneAtATime.withPermits(1)(reload(options)),
    renewTickets: Effect.sync(() => server?.setTicketKeys(randomBytes(48)))
  }
  return keyring
})
