/** Certificates and OCSP responses made on the spot: Node signs, but has no builder of X.509, which is DER around a signature. */
import { createHash, generateKeyPairSync, type KeyObject, randomBytes, sign } from "node:crypto"

type Bytes = Uint8Array

const lengthOf = (size: number): ReadonlyArray<number> => {
  if (size < 128) return [size]
  const hex = size.toString(16).padStart(size > 255 ? 4 : 2, "0")
  return [0x80 + hex.length / 2, ...Buffer.from(hex, "hex")]
}

const tagged = (tag: number, ...parts: ReadonlyArray<Bytes>): Bytes => {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.from([tag, ...lengthOf(content.length)]), content])
}

const sequence = (...parts: ReadonlyArray<Bytes>) => tagged(0x30, ...parts)
const octets = (bytes: Bytes) => tagged(0x04, bytes)
const bits = (bytes: Bytes) => tagged(0x03, Buffer.of(0), bytes)
const text = (tag: number, value: string) => tagged(tag, Buffer.from(value))
const integer = (bytes: Bytes) => tagged(0x02, bytes)
const yes = tagged(0x01, Buffer.of(0xff))

/** Identifiers in the dotted form, each number below 2 ** 14 or written as two groups of seven bits. */
const oid = (dotted: string): Bytes => {
  const [first = 0, second = 0, ...rest] = dotted.split(".").map(Number)
  const groups = rest.flatMap((number) => {
    const out = [number & 0x7f]
    for (let left = number >> 7; left > 0; left >>= 7) out.unshift((left & 0x7f) | 0x80)
    return out
  })
  return tagged(0x06, Buffer.from([first * 40 + second, ...groups]))
}

const time = (date: Date): Bytes => text(0x18, date.toISOString().replace(/[-:T]|\.\d+/g, ""))

const ecdsaWithSha256 = sequence(oid("1.2.840.10045.4.3.2"))

const nameOf = (commonName: string) => sequence(tagged(0x31, sequence(oid("2.5.4.3"), text(0x0c, commonName))))

const alternative = (name: string): Bytes =>
  /^\d+(\.\d+){3}$/.test(name)
    ? tagged(0x87, Buffer.from(name.split(".").map(Number)))
    : name.includes("://")
    ? text(0x86, name)
    : name.includes("@")
    ? text(0x81, name)
    : text(0x82, name)

const extension = (id: string, critical: boolean, value: Bytes) =>
  sequence(oid(id), ...(critical ? [yes] : []), octets(value))

const pem = (label: string, der: Bytes): string =>
  [
    `-----BEGIN ${label}-----`,
    ...Buffer.from(der).toString("base64").match(/.{1,64}/g) ?? [],
    `-----END ${label}-----`,
    ""
  ]
    .join("\n")

export interface Issued {
  readonly commonName: string
  readonly serial: Bytes
  readonly cert: string
  readonly key: string
  readonly privateKey: KeyObject
  readonly publicKey: Bytes
}

export interface Request {
  readonly commonName: string
  readonly names?: ReadonlyArray<string>
  readonly authority?: boolean
  readonly notBefore?: Date
  readonly notAfter?: Date
}

const day = 86_400_000

/** `daysFromNow(30)`; negative for the past. */
export const daysFromNow = (days: number): Date => new Date(Date.now() + days * day)

const extensionsOf = ({ authority = false, names = [] }: Request) =>
  tagged(
    0xa3,
    sequence(
      extension("2.5.29.19", true, authority ? sequence(yes) : sequence()),
      // keyCertSign and cRLSign, or digitalSignature.
      extension("2.5.29.15", true, tagged(0x03, authority ? Buffer.of(1, 0x06) : Buffer.of(7, 0x80))),
      ...(names.length === 0 ? [] : [extension("2.5.29.17", false, sequence(...names.map(alternative)))])
    )
  )

/** Signed by `issuer`, or by itself. */
export const issue = (request: Request, issuer?: Issued): Issued => {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" })
  const serial = Buffer.concat([Buffer.of(0x4a), randomBytes(9)])
  const info = publicKey.export({ type: "spki", format: "der" })
  const body = sequence(
    tagged(0xa0, integer(Buffer.of(2))),
    integer(serial),
    ecdsaWithSha256,
    nameOf(issuer?.commonName ?? request.commonName),
    sequence(time(request.notBefore ?? daysFromNow(-1)), time(request.notAfter ?? daysFromNow(90))),
    nameOf(request.commonName),
    info,
    extensionsOf(request)
  )
  const signature = sign("sha256", body, issuer?.privateKey ?? privateKey)
  return {
    commonName: request.commonName,
    serial,
    cert: pem("CERTIFICATE", sequence(body, ecdsaWithSha256, bits(signature))),
    key: String(privateKey.export({ type: "pkcs8", format: "pem" })),
    privateKey,
    publicKey: info
  }
}

export const authority = (commonName: string, issuer?: Issued): Issued =>
  issue({ commonName, authority: true, notAfter: daysFromNow(3650) }, issuer)

/** A certificate for `localhost` and 127.0.0.1. */
export const forLocalhost = (issuer: Issued, more: Partial<Request> = {}): Issued =>
  issue({ commonName: "localhost", names: ["localhost", "127.0.0.1"], ...more }, issuer)

export interface Answered {
  readonly status?: "good" | "revoked"
  readonly nextUpdate?: Date
}

const sha1 = (bytes: Bytes) => createHash("sha1").update(bytes).digest()

/** What an authority answers about one of its certificates. */
export const ocspResponse = (
  { serial }: Issued,
  issuer: Issued,
  { nextUpdate = daysFromNow(1), status = "good" }: Answered = {}
): Bytes => {
  const now = time(daysFromNow(0))
  const id = sequence(
    sequence(oid("1.3.14.3.2.26"), tagged(0x05)),
    octets(sha1(nameOf(issuer.commonName))),
    octets(sha1(issuer.publicKey.subarray(-65))),
    integer(serial)
  )
  const single = sequence(id, status === "good" ? tagged(0x80) : tagged(0xa1, now), now, tagged(0xa0, time(nextUpdate)))
  const data = sequence(tagged(0xa1, nameOf(issuer.commonName)), now, sequence(single))
  const basic = sequence(data, ecdsaWithSha256, bits(sign("sha256", data, issuer.privateKey)))
  const typed = sequence(oid("1.3.6.1.5.5.7.48.1.1"), octets(basic))
  return sequence(tagged(0x0a, Buffer.of(0)), tagged(0xa0, typed))
}
