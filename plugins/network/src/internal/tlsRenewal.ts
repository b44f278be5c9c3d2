/**
 * Reads the files of what is in force again. Each certificate is judged by itself, and one that is bad keeps its predecessor;
 * a fault is told once, until it is another one or gone.
 */
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Result from "effect/Result"
import type { TlsUnusable } from "../errors.ts"
import * as Metrics from "../metrics.ts"
import type { Protocol } from "./tls.ts"
import * as Certificates from "./tlsCertificate.ts"

/** One certificate, ready to be shown. */
export interface Entry extends Effect.Success<ReturnType<typeof Certificates.contextOf>> {
  readonly certificate: Certificates.Certificate
}

/** `first` is shown to clients that ask for no name, or for an unknown one. */
export interface InForce {
  readonly first: Entry
  readonly others: ReadonlyArray<Entry>
  readonly authorities: Certificates.Authorities | undefined
}

export interface Outcome {
  readonly file: string
  readonly outcome: "replaced" | "unchanged" | "refused"
  readonly problem?: string
}

/** What became of one file, and what is to be told about it. */
export interface Renewed extends Outcome {
  readonly message: string
}

export const enter = (
  protocol: Protocol,
  certificate: Certificates.Certificate,
  authorities: Certificates.Authorities | undefined
) =>
  Effect.map(
    Certificates.contextOf(protocol, certificate, authorities),
    (contexted): Entry => ({ certificate, ...contexted })
  )

const iso = (millis: number): string => new Date(millis).toISOString().slice(0, 10)

const replaced = ({ expiresAt, names, source }: Certificates.Certificate): string =>
  `certificate replaced: ${source.cert_file} (${names.length === 0 ? "no name" : names.join(", ")}), ` +
  `good until ${iso(expiresAt)}`

const kept = (file: string, { problem, setting }: TlsUnusable): string =>
  `certificate not replaced: ${setting} cannot be used: ${problem}. What ${file} held before stays in force. ` +
  "Correct the file: it is read again when it changes, or at once by heptad tls-reload."

const renewed = <A>(
  file: string,
  before: A,
  result: Result.Result<A, TlsUnusable>,
  message: (value: A) => string
): Renewed => {
  if (Result.isFailure(result)) {
    return { file, outcome: "refused", problem: result.failure.problem, message: kept(file, result.failure) }
  }
  return result.success === before
    ? { file, outcome: "unchanged", message: "" }
    : { file, outcome: "replaced", message: message(result.success) }
}

/** What would be in force now, and what became of each file. */
export const read = Effect.fnUntraced(function*(tls: Certificates.Tls, protocol: Protocol, inForce: InForce) {
  const outcomes: Array<Renewed> = []
  const authorities = yield* Effect.result(Certificates.readAuthorities(tls, inForce.authorities))
  const { ca_file } = tls
  if (ca_file !== undefined) {
    outcomes.push(
      renewed(ca_file, inForce.authorities, authorities, () => `certificate authorities replaced: ${ca_file}`)
    )
  }
  const trusted = Result.getOrElse(authorities, () => inForce.authorities)

  const readAgain = Effect.fnUntraced(function*(entry: Entry) {
    const certificate = yield* Certificates.read(entry.certificate.source, entry.certificate)
    const isSame = certificate === entry.certificate && trusted === inForce.authorities
    return isSame ? entry : yield* enter(protocol, certificate, trusted)
  })
  const renew = Effect.fnUntraced(function*(entry: Entry) {
    const result = yield* Effect.result(readAgain(entry))
    const { certificate } = entry
    const found = Result.map(result, (next) => next.certificate)
    outcomes.push(renewed(certificate.source.cert_file, certificate, found, replaced))
    return Result.getOrElse(result, () => entry)
  })

  const next: InForce = {
    first: yield* renew(inForce.first),
    others: yield* Effect.forEach(inForce.others, renew),
    authorities: trusted
  }
  return { next, outcomes }
})

const count = (outcome: Outcome["outcome"]) =>
  Metric.update(Metric.withAttributes(Metrics.certificateReloads, { outcome }), 1)

/** Counts and tells outcomes; `faults` are those that still hold. */
export const journal = () => {
  const faults = new Map<string, string>()
  const tell = Effect.fnUntraced(function*({ file, message, outcome }: Renewed) {
    const before = faults.get(file)
    if (outcome !== "unchanged") yield* count(outcome)
    if (outcome === "refused") faults.set(file, message)
    else faults.delete(file)
    if (outcome === "replaced") yield* Effect.logInfo(message)
    if (outcome === "refused" && message !== before) yield* Effect.logWarning(message)
  })
  return { tell, faults: () => [...faults.values()] }
}
