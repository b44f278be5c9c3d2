/** Certificates that come to their end: a figure, three warnings, and a health check. */
import { Unhealthy } from "@heptad/common"
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Metric from "effect/Metric"
import * as Metrics from "../metrics.ts"
import type { Certificate } from "./tlsCertificate.ts"
import type { Keyring } from "./tlsKeyring.ts"

const day = Duration.toMillis(Duration.days(1))

/** Days before the end on which it is told; 0 is the end. */
const stages = [0, 1, 7, 30]

const degradedFrom = 7 * day

/** A machine that slept, or whose clock was set, is noticed by the next look. */
const lookEvery = Duration.hours(1)

const iso = (millis: number): string => new Date(millis).toISOString().slice(0, 10)

const inDays = (left: number): string => {
  const days = Math.max(1, Math.ceil(left / day))
  return days === 1 ? "within a day" : `in ${days} days`
}

/** What is true of a certificate so close to its end, and what to do. */
const sentence = ({ expiresAt, source }: Certificate, now: number): string => {
  const [on, how] = [iso(expiresAt), `Renew ${source.cert_file} and ${source.key_file}`]
  return now >= expiresAt
    ? `certificate ${source.cert_file} expired on ${on}: clients refuse it. ${how}; no restart is needed.`
    : `certificate ${source.cert_file} expires ${inDays(expiresAt - now)}, on ${on}. ${how}; no restart is needed.`
}

const stageOf = ({ expiresAt }: Certificate, now: number): number | undefined =>
  stages.find((days) => expiresAt - now <= days * day)

export const make = (keyring: Pick<Keyring, "certificates" | "faults">) => {
  /** The stage that was told, by certificate. */
  const told = new Map<string, number>()

  const tell = Effect.fnUntraced(function*(certificate: Certificate, now: number) {
    const stage = stageOf(certificate, now)
    const key = `${certificate.source.key} ${certificate.fingerprint}`
    if (stage === undefined || stage >= (told.get(key) ?? Infinity)) return
    told.set(key, stage)
    yield* stage === 0 ? Effect.logError(sentence(certificate, now)) : Effect.logWarning(sentence(certificate, now))
  })

  /** Brings the figure up to date, and tells what has come close to its end since the last look. */
  const look = Effect.gen(function*() {
    const now = yield* Clock.currentTimeMillis
    for (const certificate of keyring.certificates()) {
      const gauge = Metric.withAttributes(Metrics.certificateExpiry, { file: certificate.source.cert_file })
      yield* Metric.update(gauge, certificate.expiresAt / 1000)
      yield* tell(certificate, now)
    }
  })

  /** Until the next stage of a certificate, at most an hour. */
  const rest = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const ahead = keyring.certificates()
      .flatMap(({ expiresAt }) => stages.map((days) => expiresAt - days * day - now))
      .filter((left) => left > 0)
    return Effect.sleep(Duration.min(lookEvery, Duration.millis(Math.min(Infinity, ...ahead))))
  })

  const health = Effect.flatMap(Clock.currentTimeMillis, (now) => {
    const close = keyring.certificates().filter(({ expiresAt }) => expiresAt - now <= degradedFrom)
    const reasons = [...close.map((certificate) => sentence(certificate, now)), ...keyring.faults()]
    return reasons.length === 0 ? Effect.void : Effect.fail(new Unhealthy({ reason: reasons.join(" ") }))
  })

  return { look, watch: Effect.forever(Effect.andThen(rest, look)), health }
}
