/** Where openssl refuses what is accepted here, and why that is right. Each argument recognises its own case by what it can check itself. */
import { X509Certificate } from 'node:crypto'
import type { Certificate } from '@clientcert/core'
import { type Name, nameAttributes } from '@clientcert/core/x509'
import { AuthorityKeyIdentifier } from 'pkijs'
import { COULD_NOT_BE_READ, type OpensslVerdict } from './openssl.ts'

/** A path that is accepted here and refused there. */
export interface Disagreement {
  readonly verdict: OpensslVerdict
  /** End entity first, anchor last. */
  readonly path: readonly Certificate[]
  readonly at: Date
}

export interface Argument {
  readonly name: string
  readonly reason: string
  readonly applies: (disagreement: Disagreement) => boolean
}

const NOT_FOUND = /unable to get (local )?issuer certificate|unable to verify the first certificate/

const UNSUITABLE = /unsuitable certificate purpose/

const ANY_PURPOSE = '2.5.29.37.0'
const CLIENT_AUTH = '1.3.6.1.5.5.7.3.2'
const NETSCAPE_CERT_TYPE = '2.16.840.1.113730.1.1'
const PROXY_CERT_INFO = '1.3.6.1.5.5.7.1.14'
const RESOURCES = ['1.3.6.1.5.5.7.1.7', '1.3.6.1.5.5.7.1.8']
const AUTHORITY_KEY_IDENTIFIER = '2.5.29.35'

export const ARGUMENTS: readonly Argument[] = [
  {
    name: 'an authority as client',
    reason:
      'openssl wants digitalSignature of a CA certificate in the place of the client. Whoever holds the key of an authority can issue itself a ' +
      'certificate with any usage, so the check would win nothing, and applications that trust an authority present it.',
    applies: ({ verdict, path: [endEntity] }) =>
      UNSUITABLE.test(verdict) &&
      endEntity?.extensions.basicConstraints?.ca === true &&
      endEntity.extensions.keyUsage !== null,
  },
  {
    name: 'the last second',
    reason:
      'RFC 5280 4.1.2.5: validity ends with notAfter, inclusive. openssl takes a certificate for expired at that very second.',
    applies: ({ verdict, path, at }) =>
      /certificate has expired/.test(verdict) && Math.min(...path.map(({ notAfter }) => notAfter)) === at.getTime(),
  },
  {
    name: 'another key identifier',
    reason:
      'openssl does not find an issuer whose key identifier, name or serial number is not the one that authorityKeyIdentifier says. RFC 5280 6.1 does ' +
      'not look at it: the name is the same, and the signature, asked of node:crypto here, verifies under its key.',
    applies: ({ verdict, path }) =>
      NOT_FOUND.test(verdict) && links(path).every(isSigned) && links(path).some(pointsElsewhere),
  },
  {
    name: 'a value of another type',
    reason:
      'X.501 lets the value of an attribute be of any type, and RFC 5280 4.1.2.4 leaves it there. openssl reads no name with a value that is neither one of ' +
      'its strings nor BIT STRING nor SEQUENCE. Here such a value is kept as octets, equal to nothing but themselves, and shown so.',
    // An issuer that cannot be read is not found.
    applies: ({ verdict, path }) =>
      (verdict === COULD_NOT_BE_READ || NOT_FOUND.test(verdict)) && path.some(hasOtherType),
  },
  {
    name: 'any purpose',
    reason:
      'RFC 5280 4.2.1.12 lets anyExtendedKeyUsage stand for every purpose, and leaves it to applications to demand the one by name. openssl demands it of end ' +
      'entities. Here the word means what it says, at each place.',
    applies: ({ verdict, path: [endEntity] }) =>
      UNSUITABLE.test(verdict) &&
      endEntity?.extensions.extendedKeyUsage?.includes(ANY_PURPOSE) === true &&
      !endEntity.extensions.extendedKeyUsage.includes(CLIENT_AUTH),
  },
  {
    name: "a purpose of Netscape's",
    reason:
      'openssl obeys nsCertType, which is older than extendedKeyUsage and in no standard. It is not critical, and RFC 5280 4.2 lets readers pass over what they do ' +
      'not know; whoever issues certificates for one purpose says so by extendedKeyUsage.',
    applies: ({ verdict, path }) =>
      (UNSUITABLE.test(verdict) || /invalid CA certificate/.test(verdict)) && path.some(has(NETSCAPE_CERT_TYPE)),
  },
  {
    name: 'a common name that reads like a host',
    reason:
      'openssl puts a commonName that reads like the name of a host under the constraints on dNSName where no dNSName is there. RFC 5280 4.2.1.10 speaks of names in ' +
      'subjectAltName, Go and webpki read it so, and RFC 9525 2 has ended hosts in commonName; that of a client is mostly a person or a service.',
    applies: ({ verdict, path: [endEntity, ...authorities] }) =>
      /subtree violation/.test(verdict) &&
      authorities.some(constrainsHosts) &&
      !endEntity?.extensions.subjectAltName?.some(({ type }) => type === 'dns'),
  },
  {
    name: 'a proxy certificate',
    reason:
      'openssl refuses certificates with proxyCertInfo (RFC 3820) unless they are allowed, critical or not. Here they are refused where the extension is critical, as ' +
      'RFC 3820 3.8 demands it to be; where it is not, the certificate is one like any other, and no rights of another are taken from it.',
    applies: ({ verdict, path }) => /proxy certificates not allowed/.test(verdict) && path.some(has(PROXY_CERT_INFO)),
  },
  {
    name: 'resources of the Internet',
    reason:
      'openssl checks that addresses and numbers of autonomous systems (RFC 3779) are within those of the issuer. They say who may announce routes, not who a client is; ' +
      'not critical, they are passed over (RFC 5280 4.2), critical they are refused.',
    applies: ({ verdict, path }) =>
      /RFC 3779/.test(verdict) && path.some((certificate) => RESOURCES.some((oid) => has(oid)(certificate))),
  },
]

/** UTF8, Numeric, Printable, Teletex, IA5, Universal and BMPString, BIT STRING, SEQUENCE. */
const READ_BY_OPENSSL = [0x0c, 0x12, 0x13, 0x14, 0x16, 0x1c, 0x1e, 0x03, 0x30]

function hasOtherType({ issuer, subject, extensions }: Certificate): boolean {
  const { subjectAltName, nameConstraints, cRLDistributionPoints } = extensions
  const points = cRLDistributionPoints ?? []
  const others = [
    ...(subjectAltName ?? []),
    ...(nameConstraints?.permitted ?? []),
    ...(nameConstraints?.excluded ?? []),
    ...points.flatMap(({ name, crlIssuer }) => [...(name?.kind === 'full' ? name.names : []), ...(crlIssuer ?? [])]),
  ]
  const names = others.flatMap((name) => (name.type === 'directoryName' ? [name.value] : []))
  const relative = points.flatMap(({ name }) => (name?.kind === 'relative' ? [nameOf(name.rdn)] : []))
  return [issuer, subject, ...names, ...relative]
    .flatMap(nameAttributes)
    .some((rdn) => rdn.some(({ der }) => !READ_BY_OPENSSL.includes(der[0] ?? 0)))
}

/** The name that is this one RDN; those of mutants are short. */
const nameOf = (rdn: Uint8Array): Name => {
  const header = rdn.length < 0x80 ? [0x30, rdn.length] : [0x30, 0x82, rdn.length >> 8, rdn.length & 0xff]
  return { der: Uint8Array.of(...header, ...rdn), isEmpty: false, unsorted: 0 }
}

const has =
  (wanted: string) =>
  ({ extensions }: Certificate): boolean =>
    extensions.all.some(({ oid }) => oid === wanted)

function constrainsHosts({ extensions: { nameConstraints } }: Certificate): boolean {
  const subtrees = [...(nameConstraints?.permitted ?? []), ...(nameConstraints?.excluded ?? [])]
  return subtrees.some(({ type }) => type === 'dns')
}

interface Step {
  readonly child: Certificate
  readonly issuer: Certificate
}

const links = (path: readonly Certificate[]): readonly Step[] =>
  path.flatMap((child, position) => {
    const issuer = path[position + 1]
    return issuer ? [{ child, issuer }] : []
  })

/** By Node's own reader of certificates, not by ours. */
function isSigned({ child, issuer }: Step): boolean {
  try {
    return new X509Certificate(child.der).verify(new X509Certificate(issuer.der).publicKey)
  } catch {
    return false // It does not read one of them, so it says nothing.
  }
}

function pointsElsewhere({ child, issuer }: Step): boolean {
  const { authorityKeyIdentifier: wanted, all } = child.extensions
  const { subjectKeyIdentifier: held } = issuer.extensions
  const value = all.find(({ oid }) => oid === AUTHORITY_KEY_IDENTIFIER)?.value
  return (
    (value !== undefined && namesCertificate(value)) ||
    (wanted !== null && held !== null && Buffer.compare(wanted, held) !== 0)
  )
}

/** Whether it says more than a key identifier: which certificate of the issuer, by its own issuer and serial number. */
function namesCertificate(value: Uint8Array): boolean {
  try {
    const { authorityCertIssuer, authorityCertSerialNumber } = AuthorityKeyIdentifier.fromBER(value)
    return authorityCertIssuer !== undefined || authorityCertSerialNumber !== undefined
  } catch {
    return false
  }
}
