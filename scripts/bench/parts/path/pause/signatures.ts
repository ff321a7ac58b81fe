/** Hunts after the cost of signatures. */
import { randomBytes } from 'node:crypto'
import {
  type Authority,
  broken,
  type CertificateOptions,
  createAuthority,
  der,
  generateKeyPair,
  isKeyTypeAvailable,
  type KeyType,
  rsaPublicKey,
  type SignatureScheme,
} from '@clientcert/testing'
import { type Ground, HANDSHAKE_BYTES, type Hunted, MOST_PRESENTED, padding } from './hunt.ts'

const KEY_TYPES: readonly KeyType[] = [
  'rsa2048',
  'rsa-pss2048',
  'rsa4096',
  'p256',
  'p384',
  'p521',
  'ed25519',
  'ed448',
  'ml-dsa-44',
  'ml-dsa-65',
  'ml-dsa-87',
]

/** One name, one key identifier, for all: nothing tells them apart but their signatures. */
const NAME = { O: 'Hunt', CN: 'Ring' }
const IDENTIFIER = Uint8Array.of(1, 2, 3, 4)

export function huntSignatures(ground: Ground): Hunted[] {
  const { leaf } = broken.cycle()
  const [endEntity, ...others] = leaf.chain.map((each) => each.der)
  return [
    ground.refusedBy('two authorities that sign each other', endEntity ?? new Uint8Array(), others),
    ...KEY_TYPES.filter(isKeyTypeAvailable).map((type) => ring(ground, type, 0)),
    ring(ground, 'rsa2048', HANDSHAKE_BYTES / (MOST_PRESENTED + 1) - 1_200),
    ring(ground, 'rsa2048', 11_000),
    ring(ground, 'p256', 11_000),
    ring(ground, 'ed25519', 11_000),
    mesh(ground),
    ...[8192, 4096].flatMap((bits) => [65_537n, 2n ** 33n - 1n].map((exponent) => strangers(ground, bits, exponent))),
    strangers(ground, 2048, 2n ** 33n - 1n),
  ]
}

/**
 * Authorities of one name, each signed by the next, the right issuer always last among those that are tried: every
 * certificate is tried under nearly every key.
 */
function ring(ground: Ground, type: KeyType, octets: number): Hunted {
  const keys = Array.from({ length: MOST_PRESENTED }, () => generateKeyPair(type))
  const options: CertificateOptions = {
    subject: NAME,
    subjectKeyIdentifier: IDENTIFIER,
    authorityKeyIdentifier: { keyIdentifier: IDENTIFIER },
    ...padding(octets),
  }
  const signers = keys.map((key) => createAuthority({ subject: NAME, key }))
  const certificates = keys.map((key, index) => {
    const signer = signers[(index + keys.length - 1) % keys.length] ?? ground.root
    return signer.intermediate({ ...options, key }).certificate.der
  })
  const last = signers.at(-1) ?? ground.root
  const { certificate } = last.issue({ ...options, subject: 'client' })
  const size = octets === 0 ? '' : `, ${Math.round(octets / 1_000)} kB each`
  return ground.refusedBy(`ring of ten ${type} authorities of one name${size}`, certificate.der, certificates)
}

/** Three names, each certified by the other two and several times over: many ways, none of which ends. */
function mesh(ground: Ground): Hunted {
  const authorities = ['A', 'B', 'C', 'D'].map((CN) => createAuthority({ subject: { O: 'Mesh', CN } }))
  const crossed = authorities.flatMap((subject) =>
    authorities.flatMap((issuer) => (issuer === subject ? [] : [issuer.crossSign(subject).certificate.der])),
  )
  const [first = ground.root] = authorities
  return ground.refusedBy('mesh of four authorities', first.issue().certificate.der, crossed.slice(0, MOST_PRESENTED))
}

/** Ten keys that nobody has, and a signature that is none of theirs, as long as it must be to be tried. */
function strangers(ground: Ground, bits: number, exponent: bigint): Hunted {
  const octets = bits / 8
  const noise: SignatureScheme = {
    identifier: der.sequence(der.oid('1.2.840.113549.1.1.13'), der.nullValue()),
    sign: () => Uint8Array.from([1, ...randomBytes(octets - 1)]),
  }
  const authority: Authority = createAuthority({ subject: NAME })
  const issuers = Array.from({ length: MOST_PRESENTED }, () => {
    const modulus = BigInt(`0x${randomBytes(octets).toString('hex')}`) | (1n << BigInt(bits - 1)) | 1n
    return authority.intermediate({
      subject: NAME,
      subjectPublicKeyInfo: rsaPublicKey({ modulus, exponent }),
      subjectKeyIdentifier: IDENTIFIER,
    }).certificate.der
  })
  const leaf = authority.issue({ signature: noise, authorityKeyIdentifier: { keyIdentifier: IDENTIFIER } })
  const e = exponent === 65_537n ? '' : ', exponent of 33 bits'
  return ground.refusedBy(`ten RSA-${bits} keys of one name${e}`, leaf.certificate.der, issuers)
}
