import { createHash } from 'node:crypto'
import type { CertificateOptions } from './certificate-options.ts'
import type { IssuedCertificate } from './issued-certificate.ts'
import { type KeyPair, spkiOf } from './keys.ts'
import { encodeName } from './names.ts'
import { extensionsFor, type Profile } from './profile.ts'
import { schemeOf, usualSignature } from './signing/algorithms.ts'
import { encodeTbs, randomSerialNumber, signTbs } from './tbs-certificate.ts'

const DAY_MS = 86_400_000

/** A name and the key that goes with it. */
export type Party = Readonly<{ name: Uint8Array; keys: KeyPair }>

/** Who signs. Without a key identifier nothing points at it. */
export type Signer = Party & Readonly<{ keyIdentifier: Uint8Array | null }>

/** Makes one certificate: the profile, changed by the options, signed by the issuer. */
export function mint(
  input: Readonly<{ issuer: Signer; subject: Party; profile: Profile; options: CertificateOptions; at: Date }>,
): IssuedCertificate {
  const { issuer, subject, profile, options, at } = input
  const scheme = schemeOf(options.signature ?? usualSignature(issuer.keys.privateKey))
  const tbs = encodeTbs({
    version: options.version ?? 3,
    serialNumber: options.serialNumber ?? randomSerialNumber(),
    signature: schemeOf(options.tbsSignature ?? scheme).identifier,
    issuer: options.issuerName === undefined ? issuer.name : encodeName(options.issuerName),
    notBefore: options.notBefore ?? daysAfter(at, -profile.daysBefore),
    notAfter: options.notAfter ?? daysAfter(at, options.validDays ?? profile.daysAfter),
    subject: subject.name,
    subjectPublicKeyInfo: options.subjectPublicKeyInfo ?? spkiOf(subject.keys),
    extensions: extensionsFor(profile, options, {
      subject: keyIdentifierOf(subject, options),
      authority: issuer.keyIdentifier && { keyIdentifier: issuer.keyIdentifier },
      // Two octets are a SEQUENCE of nothing.
      subjectName: subject.name.length === 2 ? 'empty' : 'present',
    }),
  })
  return signTbs(options.alterTbs === undefined ? tbs : options.alterTbs(tbs), scheme, issuer.keys.privateKey)
}

/** Identifies the key that a certificate will carry: the first 20 octets of its SHA-256 (RFC 7093 section 2). */
export function keyIdentifierOf(subject: Party, options: CertificateOptions): Uint8Array {
  const spki = options.subjectPublicKeyInfo ?? spkiOf(subject.keys)
  return new Uint8Array(createHash('sha256').update(spki).digest().subarray(0, 20))
}

function daysAfter(at: Date, days: number): Date {
  return new Date(at.getTime() + days * DAY_MS)
}
