/** When the keyring is read again: its files changed, the interval is over, SIGHUP, or somebody asks for it. */
import { FileChanges, hangups, HealthRegistry } from "@heptad/common"
import { Operation, Operations } from "@heptad/kernel"
import * as DateTime from "effect/DateTime"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as Schema from "effect/Schema"
import * as Stream from "effect/Stream"
import type { Tls } from "./tlsCertificate.ts"
import * as Expiry from "./tlsExpiry.ts"
import type { Keyring } from "./tlsKeyring.ts"
import type { Outcome } from "./tlsRenewal.ts"

/** Certificate and key are written one after the other: what does not fit yet may do so a moment later. */
const patience = [Duration.millis(250), Duration.seconds(1)]

const refusedSome = (outcomes: ReadonlyArray<Outcome>): boolean => outcomes.some(({ outcome }) => outcome === "refused")

/** Returns when every pair fits, or when it has had its time. */
const settled = Effect.fnUntraced(function*({ reload }: Keyring) {
  for (const pause of patience) {
    if (!refusedSome(yield* reload({ dryRun: true }))) return
    yield* Effect.sleep(pause)
  }
})

const answerOf = (keyring: Keyring, outcomes: ReadonlyArray<Outcome>) => ({
  files: outcomes.map((outcome) => ({ ...outcome })),
  certificates: keyring.certificates().map(({ expiresAt, names, source }) => ({
    file: source.cert_file,
    names: [...names],
    expires: DateTime.formatIso(DateTime.makeUnsafe(expiresAt))
  }))
})

/** Reads the files of `network.tls` now, also where nothing watches them. */
const operation = (keyring: Keyring, reload: (dryRun: boolean) => Effect.Effect<ReadonlyArray<Outcome>>) =>
  Operation.make({
    name: "tls-reload",
    description: "Reads certificates, keys and authorities again, and tells for each file whether it was replaced, " +
      "unchanged, or refused, in which case the old one stays in force.",
    kind: "write",
    input: Schema.Struct({}),
    run: (_input, { dryRun }) => Effect.map(reload(dryRun), (outcomes) => answerOf(keyring, outcomes))
  })

/** Runs until the scope closes. `watched`: asked for before the files were read for the first time. */
export const renew = Effect.fnUntraced(function*(
  keyring: Keyring,
  tls: Tls,
  watched: Effect.Effect<string>,
  reload: Effect.Effect<unknown>
) {
  if (!tls.auto_reload) return
  const context = yield* Effect.context<Effect.Services<ReturnType<Keyring["reload"]>>>()
  const changes = Effect.provideContext(Effect.andThen(watched, settled(keyring)), context)
  const interval = Effect.andThen(Effect.sleep(tls.reload_interval), keyring.renewTickets)
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(changes, reload)))
  yield* Effect.forkScoped(Effect.forever(Effect.andThen(interval, reload)))
  yield* Effect.forkScoped(Stream.runForEach(hangups, () => reload))
})

/** Runs until the scope closes. `watched`: asked for before the files were read for the first time. */
export const start = Effect.fnUntraced(function*(keyring: Keyring, tls: Tls, watched: Effect.Effect<string>) {
  const expiry = Expiry.make(keyring)
  const context = yield* Effect.context<Effect.Services<ReturnType<Keyring["reload"]>>>()
  const reload = (dryRun: boolean) =>
    keyring.reload({ dryRun }).pipe(Effect.tap(expiry.look), Effect.provideContext(context))

  yield* expiry.look
  yield* Effect.forkScoped(expiry.watch)
  yield* renew(keyring, tls, watched, reload(false))

  yield* (yield* Operations).register(operation(keyring, reload))
  yield* (yield* HealthRegistry).register({
    name: "network_tls_certificate",
    kind: "readiness",
    // Every instance has the same certificate: taken out of the traffic together, none would be left.
    criticality: "degrading",
    interval: Duration.seconds(30),
    timeout: Duration.seconds(1),
    run: expiry.health
  })
})

/** Looks at the files before they are read, so that no change falls between. */
export const follow = (files: ReadonlyArray<string>) =>
  FileChanges.follow({ files, what: "certificates", atOnce: "heptad tls-reload reads them at once" })
