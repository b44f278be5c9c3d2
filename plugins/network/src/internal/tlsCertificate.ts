/**
 * One certificate with its key, read and judged before anybody sees it: whole, of one another, and good today. At start the
 * judgement stops the app, later it keeps what is in force.
 */
import * as Clock from "effect/Clock"
import * as Duration from "effect/Duration"
import * as Effect from "effect/Effect"
import * as FileSystem from "effect/FileSystem"
import * as Option from "effect/Option"
import { createPrivateKey, X509Certificate } from "node:crypto"
import * as nodeTls from "node:tls"
import type { NetworkConfig } from "../config.ts"
import { TlsUnusable } from "../errors.ts"
import * as Ocsp from "./ocsp.ts"
import type { Protocol } from "./tls.ts"
import { alternativeNames } from "./tlsNames.ts"

/** Where a certificate is written in the settings. */
export interface Source {
  /** `network.tls`, or `network.tls.server_names.0`. */
  readonly key: string
  readonly cert_file: string
  readonly key_file: string
  readonly ocsp_file: string | undefined
  readonly names: ReadonlyArray<string> | undefined
}

/** The files as they were read. */
interface Texts {
  readonly cert: string
  readonly key: string
  readonly ocsp: Uint8Array | undefined
}

export interface Certificate extends Texts {
  readonly source: Source
  readonly names: ReadonlyArray<string>
  readonly fingerprint: string
  /** When the first one of the chain ends. */
  readonly expiresAt: number
  /** An OCSP response for clients that ask, and until when it is good. */
  readonly staple: { readonly bytes: Uint8Array; readonly until: number | undefined } | undefined
}

/** Authorities that client certificates are checked against. */
export interface Authorities {
  readonly text: string
  readonly certificates: ReadonlyArray<X509Certificate>
}

export type Tls = NetworkConfig["tls"]

const maxBytes = 1024 * 1024

const deadline = Duration.seconds(10)

/** Clocks of machines differ; a certificate is not refused for it. */
const skew = Duration.toMillis(Duration.minutes(5))

const fault = (setting: string, problem: string) => new TlsUnusable({ setting, problem })

const messageOf = (error: unknown): string => error instanceof Error ? error.message : String(error)

const attempt = <A>(setting: string, problem: (message: string) => string, read: () => A) =>
  Effect.try({ try: read, catch: (error) => fault(setting, problem(messageOf(error))) })

/** A pipe or a device might never end. */
const readBytes = Effect.fnUntraced(function*(setting: string, path: string) {
  const files = yield* FileSystem.FileSystem
  const { size, type } = yield* files.stat(path)
  if (type !== "File") return yield* fault(setting, `${path} is no file`)
  if (size > maxBytes) return yield* fault(setting, `${path} is larger than 1 MiB`)
  return yield* files.readFile(path)
}, (read, setting, path) =>
  read.pipe(
    Effect.mapError((error) => error instanceof TlsUnusable ? error : fault(setting, `${path} (${error.message})`)),
    Effect.timeoutOrElse({
      duration: deadline,
      orElse: () => Effect.fail(fault(setting, `${path} could not be read within ${Duration.format(deadline)}`))
    })
  ))

const readText = (setting: string, path: string) =>
  Effect.map(readBytes(setting, path), (bytes) => new TextDecoder().decode(bytes))

const block = /-----BEGIN (?:X509 |TRUSTED )?CERTIFICATE-----[^-]+-----END (?:X509 |TRUSTED )?CERTIFICATE-----/g

/** Every certificate of a PEM text. A file that somebody is still writing is no shorter chain, but a fault. */
const parse = (setting: string, path: string, text: string) =>
  attempt(setting, (message) => `${path} cannot be parsed (${message})`, () => {
    const blocks = text.match(block) ?? []
    const begun = text.split(/-----BEGIN [A-Z0-9 ]*CERTIFICATE-----/).length - 1
    if (begun === 0) throw new Error("it holds no -----BEGIN CERTIFICATE-----")
    if (blocks.length < begun) throw new Error(`${begun} certificates begin and ${blocks.length} end`)
    return blocks.map((pem) => new X509Certificate(pem))
  })

const timeOf = ({ validFromDate, validToDate }: X509Certificate) => ({
  from: validFromDate.getTime(),
  to: validToDate.getTime()
})

const iso = (millis: number): string => new Date(millis).toISOString().replace(".000Z", "Z")

const checkTimes = Effect.fnUntraced(function*(setting: string, path: string, chain: ReadonlyArray<X509Certificate>) {
  const now = yield* Clock.currentTimeMillis
  for (const [index, { from, to }] of chain.map(timeOf).entries()) {
    const which = index === 0 ? path : `certificate ${index + 1} of ${path}`
    if (now >= to) return yield* fault(setting, `${which} expired at ${iso(to)}`)
    if (now + skew < from) return yield* fault(setting, `${which} is not good before ${iso(from)}`)
  }
})

const commonName = /^CN=(.+)$/m

/** Only a certificate without alternative names is known by its common name. */
const namesOf = ({ subject, subjectAltName }: X509Certificate): ReadonlyArray<string> =>
  subjectAltName === undefined
    ? [commonName.exec(subject)?.[1] ?? ""].filter((name) => name !== "")
    : alternativeNames(subjectAltName).filter(({ kind }) => kind === "DNS").map(({ value }) => value)

const checkKey = ({ cert_file, key, key_file }: Source, leaf: X509Certificate, text: string) =>
  Effect.gen(function*() {
    const setting = `${key}.key_file`
    const privateKey = yield* attempt(
      setting,
      (message) => `${key_file} holds no private key that can be read (${message})`,
      () => createPrivateKey(text)
    )
    if (!leaf.checkPrivateKey(privateKey)) {
      return yield* fault(
        `${key}.cert_file or ${key}.key_file`,
        `${key_file} is not the key of the certificate in ${cert_file}`
      )
    }
  })

/** Why a response would help no client; undefined when it would. */
const ocspProblem = (bytes: Uint8Array, { serialNumber }: X509Certificate, now: number): string | undefined => {
  const response = Ocsp.read(bytes)
  if (response === undefined) return "is no OCSP response in DER"
  if (response.status !== "good") return `says that the certificate is ${response.status}`
  if (response.serialNumber !== serialNumber) return "is about another certificate"
  return response.nextUpdate !== undefined && now >= response.nextUpdate
    ? `was good until ${iso(response.nextUpdate)}`
    : undefined
}

/** A response is an addition: without a usable one the certificate is served alone, and that is told. */
const stapleOf = Effect.fnUntraced(function*({ key, ocsp_file }: Source, leaf: X509Certificate, bytes: Texts["ocsp"]) {
  if (ocsp_file === undefined) return undefined
  const problem = bytes === undefined
    ? "cannot be read"
    : ocspProblem(bytes, leaf, yield* Clock.currentTimeMillis)
  if (problem === undefined && bytes !== undefined) return { bytes, until: Ocsp.read(bytes)?.nextUpdate }
  yield* Effect.logWarning(
    `${key}.ocsp_file: ${ocsp_file} ${problem} and is not stapled. Have the response fetched again from the authority.`
  )
  return undefined
})

/** What OpenSSL says to certificate, key, authorities, versions and ciphers together. */
export const contextOf = (protocol: Protocol, { cert, key, source }: Certificate, ca: Authorities | undefined) => {
  const options = { ...protocol, cert, key, ...(ca === undefined ? {} : { ca: ca.text }) }
  const setting = `${source.key}.cert_file or ${source.key}.key_file`
  return attempt(setting, (message) => message, () => ({ options, context: nodeTls.createSecureContext(options) }))
}

const readTexts = Effect.fnUntraced(function*({ cert_file, key, key_file, ocsp_file }: Source) {
  return {
    cert: yield* readText(`${key}.cert_file`, cert_file),
    key: yield* readText(`${key}.key_file`, key_file),
    ocsp: ocsp_file === undefined
      ? undefined
      : Option.getOrUndefined(yield* Effect.option(readBytes(`${key}.ocsp_file`, ocsp_file)))
  } satisfies Texts
})

const same = (texts: Texts, { cert, key, ocsp }: Certificate): boolean =>
  texts.cert === cert && texts.key === key && Buffer.compare(texts.ocsp ?? Buffer.of(), ocsp ?? Buffer.of()) === 0

const judge = Effect.fnUntraced(function*(source: Source, texts: Texts) {
  const setting = `${source.key}.cert_file`
  const chain = yield* parse(setting, source.cert_file, texts.cert)
  const [leaf] = chain
  if (leaf === undefined) return yield* fault(setting, `${source.cert_file} holds no certificate`)
  yield* checkTimes(setting, source.cert_file, chain)
  yield* checkKey(source, leaf, texts.key)
  return {
    ...texts,
    source,
    names: source.names ?? namesOf(leaf),
    fingerprint: leaf.fingerprint256,
    expiresAt: Math.min(...chain.map((each) => timeOf(each).to)),
    staple: yield* stapleOf(source, leaf, texts.ocsp)
  } satisfies Certificate
})

/** `inForce` itself when the files have not changed. */
export const read = Effect.fnUntraced(function*(source: Source, inForce?: Certificate) {
  const texts = yield* readTexts(source)
  return inForce !== undefined && same(texts, inForce) ? inForce : yield* judge(source, texts)
})

export const readAuthorities = Effect.fnUntraced(function*(
  { ca_file, verify_client }: Tls,
  inForce?: Authorities
) {
  const setting = "network.tls.ca_file"
  if (ca_file === undefined) return verify_client ? yield* fault(setting, "it is not set") : undefined
  const text = yield* readText(setting, ca_file)
  if (text === inForce?.text) return inForce
  return { text, certificates: yield* parse(setting, ca_file, text) } satisfies Authorities
})

/** The certificates of the settings, the one for everybody first. */
export const sourcesOf = Effect.fnUntraced(function*({ cert_file, key_file, ocsp_file, server_names }: Tls) {
  const key = "network.tls"
  if (cert_file === undefined) return yield* fault(`${key}.cert_file`, "it is not set")
  if (key_file === undefined) return yield* fault(`${key}.key_file`, "it is not set")
  const first: Source = { key, cert_file, key_file, ocsp_file, names: undefined }
  const others = server_names.map(({ names, ocsp_file, ...files }, index): Source => ({
    ...files,
    key: `${key}.server_names.${index}`,
    ocsp_file,
    names
  }))
  return [first, ...others] as const
})

export const filesOf = ({ ca_file }: Tls, sources: ReadonlyArray<Source>): ReadonlyArray<string> =>
  [ca_file, ...sources.flatMap(({ cert_file, key_file, ocsp_file }) => [cert_file, key_file, ocsp_file])]
    .filter((path) => path !== undefined)
