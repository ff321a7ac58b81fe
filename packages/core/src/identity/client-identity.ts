import { createHash } from 'node:crypto'
import { encodeHex } from '../encoding/hex.ts'
import { encodePem } from '../encoding/pem.ts'
import type { VerifiedPath } from '../path/verified-path.ts'
import type { Certificate } from '../x509/certificate.ts'
import { fingerprintOf } from '../x509/fingerprint.ts'
import { type Name, nameAttributes, nameToString } from '../x509/name.ts'
import { spiffeIdOf } from './spiffe-id.ts'

/** The certificate's names, by type (RFC 5280 4.2.1.6). Types are never mixed; each list is in the certificate's order. */
export interface SubjectAltNames {
  readonly dns: readonly string[]
  readonly email: readonly string[]
  readonly uri: readonly string[]
  /** IPv4 dotted, IPv6 as RFC 5952 writes it. */
  readonly ip: readonly string[]
  /** As RFC 4514 writes them. */
  readonly directoryName: readonly string[]
}

/** The trust anchor at which the path ends. */
export interface AnchorIdentity {
  readonly subject: string
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly fingerprint: string
  /** The id that its source was given, or null. */
  readonly id: string | null
}

const proof: unique symbol = Symbol('ClientIdentity')

/**
 * Who the client is, as its verified certificate says. Only a {@link VerifiedPath} can make one, and only the verifier can make that.
 *
 * All texts are as the certificate has them, hostile characters included: escape them wherever they are shown.
 * `JSON.stringify` gives every field but `certificate` and `pem`.
 */
export class ClientIdentity {
  readonly #path: VerifiedPath
  /** The subject's distinguished name as RFC 4514 writes it, most specific first; empty where the certificate has none. */
  readonly subject: string
  /** The most specific commonName, or null. Prefer a subjectAltName where there is one. */
  readonly commonName: string | null
  readonly subjectAltNames: SubjectAltNames
  /** The SPIFFE id, where the certificate is an X.509-SVID; null otherwise. */
  readonly spiffeId: string | null
  readonly issuer: string
  /** As the certificate has it, lower-case hexadecimal. */
  readonly serialNumber: string
  /** SHA-256 of the DER, lower-case hexadecimal. */
  readonly fingerprint: string
  /** SHA-256 of the DER, base64url without padding: `x5t#S256` (RFC 8705 section 3.1). */
  readonly thumbprint: string
  readonly notBefore: Date
  readonly notAfter: Date
  readonly anchor: AnchorIdentity

  constructor(key: typeof proof, path: VerifiedPath) {
    if (key !== proof) throw new TypeError('a ClientIdentity is made by identityOf only')
    const { endEntity, anchor } = path
    this.#path = path
    this.subject = nameToString(endEntity.subject)
    this.commonName = commonNameOf(endEntity.subject)
    this.subjectAltNames = subjectAltNamesOf(endEntity)
    this.spiffeId = spiffeIdOf(endEntity)
    this.issuer = nameToString(endEntity.issuer)
    this.serialNumber = encodeHex(endEntity.serialNumber)
    const digest = createHash('sha256').update(endEntity.der).digest()
    this.fingerprint = digest.toString('hex')
    this.thumbprint = digest.toString('base64url')
    this.notBefore = new Date(endEntity.notBefore)
    this.notAfter = new Date(endEntity.notAfter)
    this.anchor = Object.freeze({
      subject: nameToString(anchor.certificate.subject),
      fingerprint: fingerprintOf(anchor.certificate.der),
      id: anchor.id,
    })
    Object.freeze(this)
  }

  /** The certificate itself, for what is not here. */
  get certificate(): Certificate {
    return this.#path.endEntity
  }

  /** The certificate as PEM. */
  get pem(): string {
    return encodePem(this.#path.endEntity.der)
  }

  static is(value: unknown): value is ClientIdentity {
    return typeof value === 'object' && value !== null && #path in value
  }
}

/** Whether a value is an identity that this copy of the library derived from a verified path. */
export const isClientIdentity = (value: unknown): value is ClientIdentity => ClientIdentity.is(value)

/** Derives the identity of the end entity of a verified path. */
export const identityOf = (path: VerifiedPath): ClientIdentity => new ClientIdentity(proof, path)

function commonNameOf(subject: Name): string | null {
  const attributes = nameAttributes(subject).flat()
  return attributes.findLast(({ oid }) => oid === '2.5.4.3')?.value ?? null
}

function subjectAltNamesOf({ extensions }: Certificate): SubjectAltNames {
  const names: Record<keyof SubjectAltNames, string[]> = { dns: [], email: [], uri: [], ip: [], directoryName: [] }
  for (const name of extensions.subjectAltName ?? []) {
    if (name.type === 'directoryName') names.directoryName.push(nameToString(name.value))
    else if (name.type === 'dns' || name.type === 'email' || name.type === 'uri' || name.type === 'ip') {
      names[name.type].push(name.value)
    }
    // Other types are no identity here: their meaning depends on who reads them (CVE-2021-44531).
  }
  for (const list of Object.values(names)) Object.freeze(list)
  return Object.freeze(names)
}
