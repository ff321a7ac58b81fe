/** Hunts after the cost of reading: as many certificates as are looked at, each as large as may be, each full of one thing. */

import { randomBytes } from 'node:crypto'
import { DEFAULT_MAX_PRESENTED_BYTES } from '@clientcert/core'
import {
  type CertificateOptions,
  createAuthority,
  der,
  EXTENSIONS,
  extension,
  type NameInput,
  type Purpose,
  pemOf,
  rsaPublicKey,
} from '@clientcert/testing'
import { type Ground, type Hunted, MOST_PRESENTED } from './hunt.ts'

const { basicConstraints, certificatePolicies, crlDistributionPoints, extKeyUsage, nameConstraints, subjectAltName } =
  extension

const range = (length: number) => Array.from({ length }, (_, index) => index)
const longOid = (index: number): Purpose =>
  `1.3.6.1.4.1.${range(9)
    .map(() => 268_435_455)
    .join('.')}.${index}`

/** A SEQUENCE in a SEQUENCE, so many times. */
const nested = (depth: number): Uint8Array => range(depth).reduce((inner) => der.sequence(inner), der.nullValue())

const longName = (characters: number): NameInput => ({ O: 'Hunt', CN: 'a'.repeat(characters) })

/** What each certificate is full of; both ends of 64 kB are tried by the reader's own tests. */
const FILLINGS: Readonly<Record<string, () => CertificateOptions>> = {
  'bits of key usage': () => ({
    extensions: [
      {
        oid: EXTENSIONS.keyUsage,
        critical: true,
        value: der.bitString(Uint8Array.from([0x86, ...new Uint8Array(62_000)])),
      },
    ],
  }),
  'ranges of IPv6': () => ({
    extensions: [
      basicConstraints({ ca: true }),
      nameConstraints({ permitted: range(999).map((index) => ({ ip: `2001:db8:${index.toString(16)}::/48` })) }),
    ],
  }),
  'addresses of IPv6': () => ({
    extensions: [subjectAltName(range(1_000).map((index) => ({ ip: `2001:db8::${index.toString(16)}` })))],
  }),
  'a long name': () => ({ subject: longName(1_950) }),
  'a long name of two octets a character': () => ({
    subject: { CN: { text: '\u0130\u00df'.repeat(450), as: 'bmp' } },
  }),
  'a name of 100 attributes': () => ({
    subject: range(100).map((index) => ({ OU: `\u00c4${index}` })),
  }),
  'directory names': () => ({
    extensions: [
      subjectAltName(
        range(600).map((index) => ({
          directoryName: { O: 'Hunt', OU: 'a name of more than one part', CN: `n${index}` },
        })),
      ),
    ],
  }),
  'addresses of mail': () => ({
    extensions: [subjectAltName(range(1_000).map((index) => ({ email: `${'a'.repeat(40)}${index}@hunt.example` })))],
  }),
  purposes: () => ({ extensions: [extKeyUsage(['clientAuth', ...range(99).map(longOid)])] }),
  policies: () => ({ extensions: [certificatePolicies(range(180).map((index) => `1.3.6.1.4.1.55555.${index}`))] }),
  'policies of long identifiers': () => ({
    extensions: [certificatePolicies(range(150).map((index) => String(longOid(index))))],
  }),
  extensions: () => ({
    extensions: range(990).map((index) => ({ oid: `1.3.6.1.4.1.55555.8.${index}`, value: new Uint8Array(40) })),
  }),
  'distribution points': () => ({
    extensions: [
      crlDistributionPoints(range(900).map((index) => `http://crl.hunt.example/${'a'.repeat(20)}/${index}`)),
    ],
  }),
  nesting: () => ({ subject: { O: 'Hunt', CN: nested(28) } }),
  'a serial number': () => ({ serialNumber: Uint8Array.from([1, ...randomBytes(60_000)]) }),
  'an RSA modulus': () => ({
    subjectPublicKeyInfo: rsaPublicKey({
      modulus: BigInt(`0x${randomBytes(60_000).toString('hex')}`) | 1n,
      exponent: 65_537n,
    }),
  }),
  'an RSA exponent': () => ({
    subjectPublicKeyInfo: rsaPublicKey({
      modulus: BigInt(`0xff${randomBytes(254).toString('hex')}01`),
      exponent: BigInt(`0x${randomBytes(60_000).toString('hex')}`) | 1n,
    }),
  }),
  'key identifiers': () => ({ subjectKeyIdentifier: new Uint8Array(28_000).fill(7) }),
}

export function huntForms(ground: Ground): Hunted[] {
  return [
    ...Object.entries(FILLINGS).flatMap(([name, filling]) => [
      filled(ground, `${name}, to an unknown root`, filling()),
      filled(ground, `${name}, malformed at the end`, filling(), (list) => list.with(-1, cut(list.at(-1)))),
    ]),
    ...texts(ground),
  ]
}

const cut = (octets: Uint8Array | undefined): Uint8Array => (octets ?? new Uint8Array(1)).subarray(0, -1)

/** By how much one such certificate may be larger than another. */
const SLACK = 200

/** An unknown root's authorities, one above the other and as many as are looked at, and a client below them. */
function filled(
  ground: Ground,
  name: string,
  options: CertificateOptions,
  alter: (presented: readonly Uint8Array[]) => readonly Uint8Array[] = (list) => list,
): Hunted {
  let issuer = createAuthority({ ...options, key: 'p256' })
  const size = issuer.certificate.der.length + SLACK
  const most = Math.min(MOST_PRESENTED, Math.floor(DEFAULT_MAX_PRESENTED_BYTES / size) - 1)
  const above: Uint8Array[] = []
  for (let count = 0; count < most; count++) {
    issuer = issuer.intermediate({ subject: { O: 'Hunt', CN: `Filled ${count}` }, ...options, key: 'p256' })
    above.unshift(issuer.certificate.der)
  }
  const { certificate } = issuer.issue({ ...options, key: 'p256' })
  return ground.refusedBy(`${most + 1} full of ${name}`, certificate.der, alter(above))
}

/** The most text that `verify` looks at, less the markers. */
const CHARACTERS = 2 * DEFAULT_MAX_PRESENTED_BYTES - 100

function texts(ground: Ground): Hunted[] {
  const [begin, end] = ['-----BEGIN CERTIFICATE-----', '-----END CERTIFICATE-----']
  const one = pemOf('CERTIFICATE', ground.root.issue({ notAfter: new Date(0) }).certificate.der)
  const long = ground.root.issue({ subject: longName(1_800) }).certificate.der
  const fitting = Math.floor(DEFAULT_MAX_PRESENTED_BYTES / long.length)
  const spaced = (filling: string) => `${begin}\n${filling.repeat(Math.floor(CHARACTERS / filling.length))}\n${end}\n`
  return [
    ground.refusedText('262 kB of white space in PEM', spaced(' \n\t')),
    ground.refusedText('262 kB of base64 in short lines', spaced('A\n')),
    ground.refusedText('262 kB of base64 in one line', spaced('AAAA')),
    ground.refusedText('262 kB of text before PEM', `${'x\n\t'.repeat(CHARACTERS / 3 - 2_000)}y${one}`),
    ground.refusedText('64 certificates in PEM', one.repeat(64)),
    ground.refusedText(`${fitting} long names in PEM`, pemOf('CERTIFICATE', long).repeat(fitting)),
  ]
}
