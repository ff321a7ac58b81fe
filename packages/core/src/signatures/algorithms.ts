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
import type { MlDsa } from './ml-dsa.ts'
import type { Weakness } from './weakness.ts'

/** What `crypto.verify` needs besides key, data and signature. */
export interface VerifyParameters {
  readonly hash: 'sha1' | 'sha224' | 'sha256' | 'sha384' | 'sha512' | null
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
  /** What makes it refused unless the application allows it by name. */
  readonly weaknesses: readonly Weakness[]
}

type Sha2 = 'sha256' | 'sha384' | 'sha512'

const weaknessesOf = (hash: string): readonly Weakness[] => (hash === 'sha1' ? ['SHA-1'] : [])

const pkcs1 = (hash: Sha2 | 'sha1'): SignatureAlgorithm => ({
  name: `RSA PKCS#1 v1.5 with ${hash}`,
  parameters: 'null-or-absent',
  keys: ['rsa'],
  verify: { hash, padding: constants.RSA_PKCS1_PADDING },
  weaknesses: weaknessesOf(hash),
})

const pss: SignatureAlgorithm = {
  name: 'RSASSA-PSS',
  parameters: 'pss',
  keys: ['rsa', 'rsa-pss'],
  verify: { hash: null, padding: constants.RSA_PKCS1_PSS_PADDING },
  weaknesses: [],
}

const ecdsa = (hash: Sha2 | 'sha1'): SignatureAlgorithm => ({
  name: `ECDSA with ${hash}`,
  parameters: 'absent',
  keys: ['P-256', 'P-384', 'P-521'],
  verify: { hash, dsaEncoding: 'der' },
  weaknesses: weaknessesOf(hash),
})

const dsa = (hash: Sha2 | 'sha1' | 'sha224'): SignatureAlgorithm => ({
  name: `DSA with ${hash}`,
  parameters: 'absent',
  keys: ['DSA'],
  verify: { hash, dsaEncoding: 'der' },
  weaknesses: ['DSA', ...weaknessesOf(hash)],
})

/** Algorithms that hash by themselves and have one kind of key: EdDSA (RFC 8410), ML-DSA (RFC 9881). */
const whole = (name: 'Ed25519' | 'Ed448' | MlDsa): SignatureAlgorithm => ({
  name,
  parameters: 'absent',
  keys: [name],
  verify: { hash: null },
  weaknesses: [],
})

export const SIGNATURE_ALGORITHMS: ReadonlyMap<string, SignatureAlgorithm> = new Map([
  ['1.2.840.113549.1.1.5', pkcs1('sha1')],
  ['1.3.14.3.2.29', pkcs1('sha1')],
  ['1.2.840.113549.1.1.11', pkcs1('sha256')],
  ['1.2.840.113549.1.1.12', pkcs1('sha384')],
  ['1.2.840.113549.1.1.13', pkcs1('sha512')],
  ['1.2.840.113549.1.1.10', pss],
  ['1.2.840.10045.4.1', ecdsa('sha1')],
  ['1.2.840.10045.4.3.2', ecdsa('sha256')],
  ['1.2.840.10045.4.3.3', ecdsa('sha384')],
  ['1.2.840.10045.4.3.4', ecdsa('sha512')],
  ['1.2.840.10040.4.3', dsa('sha1')],
  ['2.16.840.1.101.3.4.3.1', dsa('sha224')],
  ['2.16.840.1.101.3.4.3.2', dsa('sha256')],
  ['2.16.840.1.101.3.4.3.3', dsa('sha384')],
  ['2.16.840.1.101.3.4.3.4', dsa('sha512')],
  ['1.3.101.112', whole('Ed25519')],
  ['1.3.101.113', whole('Ed448')],
  ['2.16.840.1.101.3.4.3.17', whole('ML-DSA-44')],
  ['2.16.840.1.101.3.4.3.18', whole('ML-DSA-65')],
  ['2.16.840.1.101.3.4.3.19', whole('ML-DSA-87')],
])

/** Broken for everybody: nothing lets these pass. */
export const BROKEN_ALGORITHMS: ReadonlyMap<string, string> = new Map([
  ['1.2.840.113549.1.1.2', 'RSA with MD2'],
  ['1.2.840.113549.1.1.3', 'RSA with MD4'],
  ['1.2.840.113549.1.1.4', 'RSA with MD5'],
])

/** The name of a signature algorithm for messages, or its OID. */
export const algorithmName = ({ oid }: AlgorithmIdentifier): string =>
  SIGNATURE_ALGORITHMS.get(oid)?.name ?? BROKEN_ALGORITHMS.get(oid) ?? oid
