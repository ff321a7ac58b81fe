/**
 * Everything that is known of a signature algorithm, in one place. Nothing else in core switches on one.
 *
 * `crypto.verify` accepts what a verifier must refuse (measured on Node 20 to 26): RSASSA-PSS with whatever salt length unless
 * one is given, and an `mgf1Hash` that it ignores without a word. So a row fixes hash, padding, salt and encoding, and says
 * with which kinds of key it may be used: a key of id-RSASSA-PSS is never used with PKCS#1 v1.5 (RFC 4055 1.2).
 */
import { constants } from 'node:crypto'
import type { AlgorithmIdentifier } from '../x509/algorithm-identifier.ts'
import type { KeyKind } from './judge-key.ts'

/** What `crypto.verify` needs besides key, data and signature. */
export interface VerifyParameters {
  readonly hash: 'sha256' | 'sha384' | 'sha512' | null
  readonly padding?: number
  readonly saltLength?: number
  readonly dsaEncoding?: 'der'
}

/** How the parameters of the AlgorithmIdentifier must look. */
export type ParameterForm =
  /** NULL, or nothing: RFC 4055 section 5 makes readers accept both. */
  | 'null-or-absent'
  /** RFC 5758 3.2, RFC 8410 section 3. */
  | 'absent'
  /** RFC 4055 section 3.1, read by `pss-parameters.ts`, which supplies hash and salt. */
  | 'pss'

export interface SignatureAlgorithm {
  readonly name: string
  readonly parameters: ParameterForm
  readonly keys: readonly KeyKind[]
  readonly verify: VerifyParameters
}

const pkcs1 = (hash: 'sha256' | 'sha384' | 'sha512'): SignatureAlgorithm => ({
  name: `RSA PKCS#1 v1.5 with ${hash}`,
  parameters: 'null-or-absent',
  keys: ['rsa'],
  verify: { hash, padding: constants.RSA_PKCS1_PADDING },
})

const ecdsa = (hash: 'sha256' | 'sha384' | 'sha512'): SignatureAlgorithm => ({
  name: `ECDSA with ${hash}`,
  parameters: 'absent',
  keys: ['P-256', 'P-384', 'P-521'],
  verify: { hash, dsaEncoding: 'der' },
})

const eddsa = (name: 'Ed25519' | 'Ed448'): SignatureAlgorithm => ({
  name,
  parameters: 'absent',
  keys: [name],
  verify: { hash: null },
})

export const SIGNATURE_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['1.2.840.113549.1.1.11', pkcs1('sha256')],
  ['1.2.840.113549.1.1.12', pkcs1('sha384')],
  ['1.2.840.113549.1.1.13', pkcs1('sha512')],
  [
    '1.2.840.113549.1.1.10',
    {
      name: 'RSASSA-PSS',
      parameters: 'pss',
      keys: ['rsa', 'rsa-pss'],
      verify: { hash: null, padding: constants.RSA_PKCS1_PSS_PADDING },
    },
  ],
  ['1.2.840.10045.4.3.2', ecdsa('sha256')],
  ['1.2.840.10045.4.3.3', ecdsa('sha384')],
  ['1.2.840.10045.4.3.4', ecdsa('sha512')],
  ['1.3.101.112', eddsa('Ed25519')],
  ['1.3.101.113', eddsa('Ed448')],
])

/** Algorithms that are known and refused, each with a code of its own. */
export const REFUSED_ALGORITHMS: ReadonlyMap<
  string,
  { readonly name: string; readonly code: 'ERR_SIGNATURES_MD5' | 'ERR_SIGNATURES_SHA1' | 'ERR_SIGNATURES_DSA' }
> = new Map([
  ['1.2.840.113549.1.1.2', { name: 'RSA with MD2', code: 'ERR_SIGNATURES_MD5' }],
  ['1.2.840.113549.1.1.4', { name: 'RSA with MD5', code: 'ERR_SIGNATURES_MD5' }],
  ['1.2.840.113549.1.1.5', { name: 'RSA with SHA-1', code: 'ERR_SIGNATURES_SHA1' }],
  ['1.3.14.3.2.29', { name: 'RSA with SHA-1 (OIW)', code: 'ERR_SIGNATURES_SHA1' }],
  ['1.2.840.10045.4.1', { name: 'ECDSA with SHA-1', code: 'ERR_SIGNATURES_SHA1' }],
  ['1.2.840.10040.4.3', { name: 'DSA with SHA-1', code: 'ERR_SIGNATURES_DSA' }],
  ['2.16.840.1.101.3.4.3.1', { name: 'DSA with SHA-224', code: 'ERR_SIGNATURES_DSA' }],
  ['2.16.840.1.101.3.4.3.2', { name: 'DSA with SHA-256', code: 'ERR_SIGNATURES_DSA' }],
  ['2.16.840.1.101.3.4.3.3', { name: 'DSA with SHA-384', code: 'ERR_SIGNATURES_DSA' }],
  ['2.16.840.1.101.3.4.3.4', { name: 'DSA with SHA-512', code: 'ERR_SIGNATURES_DSA' }],
])

/** The name of a signature algorithm for messages, or its OID. */
export const algorithmName = ({ oid }: AlgorithmIdentifier): string =>
  SIGNATURE_ALGORITHMS.get(oid)?.name ?? REFUSED_ALGORITHMS.get(oid)?.name ?? oid
