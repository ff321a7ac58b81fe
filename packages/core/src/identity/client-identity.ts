import { encodeHex } from '../encoding/hex.ts'
import { encodePem } from '../encoding/pem.ts'
import type { VerifiedPath } from '../path/verified-path.ts'
import type { Certificate } from '../x509/certificate.ts'
import { fingerprintOf } from '../x509/fingerprint.ts'
import { attributesToString, type NameAttribute, nameAttributes, nameToString } from '../x509/name.ts'
import { byOctets } from '../x509/name-comparison.ts'
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
    const subject = nameAttributes(endEntity.subject)
    this.subject = attributesToString(subject)
    this.commonName = commonNameOf(subject)
    this.subjectAltNames = subjectAltNamesOf(endEntity)
    this.spiffeId = spiffeIdOf(endEntity)
    this.issuer = issuerText(endEntity.issuer)
    this.serialNumber = encodeHex(endEntity.serialNumber)
    this.fingerprint = fingerprintOf(endEntity.der)
    this.thumbprint = Buffer.from(this.fingerprint, 'hex').toString('base64url')
    this.notBefore = new Date(endEntity.notBefore)
    this.notAfter = new Date(endEntity.notAfter)
    this.anchor = anchorIdentityOf(anchor)
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

function commonNameOf(subject: readonly (readonly NameAttribute[])[]): string | null {
  let mostSpecific: string | null = null
  for (const rdn of subject) for (const { oid, value } of rdn) if (oid === '2.5.4.3') mostSpecific = value
  return mostSpecific
}

/** The issuers of a store are few, and their names stand in every certificate. */
const issuerText = byOctets(nameToString)

/** Kept, since a store has few anchors and each vouches for many clients. */
const anchors = new WeakMap<VerifiedPath['anchor'], AnchorIdentity>()

function anchorIdentityOf(anchor: VerifiedPath['anchor']): AnchorIdentity {
  const known = anchors.get(anchor)
  if (known) return known
  const { certificate, id } = anchor
  const [subject, fingerprint] = [nameToString(certificate.subject), fingerprintOf(certificate.der)]
  const identity: AnchorIdentity = Object.freeze({ subject, fingerprint, id })
  anchors.set(anchor, identity)
  return identity
}

const TYPES = ['dns', 'email', 'uri', 'ip', 'directoryName'] as const

function subjectAltNamesOf({ extensions }: Certificate): SubjectAltNames {
  const names: Record<keyof SubjectAltNames, string[]> = { dns: [], email: [], uri: [], ip: [], directoryName: [] }
  for (const name of extensions.subjectAltName ?? []) {
    if (name.type === 'directoryName') names.directoryName.push(nameToString(name.value))
    else if (name.type === 'dns' || name.type === 'email' || name.type === 'uri' || name.type === 'ip') {
      names[name.type].push(name.value)
    }
    // Other types are no identity here: their meaning depends on who reads them (CVE-2021-44531).
  }
  for (const type of TYPES) Object.freeze(names[type])
  return Object.freeze(names)
}
