import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

interface Algorithm {
  /** The standard's name, or the OID where it is unknown. */
  readonly algorithm: string
}

export interface SignaturesEvidence {
  ERR_SIGNATURES_UNSUPPORTED: Algorithm
  ERR_SIGNATURES_UNAVAILABLE: Algorithm
  ERR_SIGNATURES_MD5: Algorithm
  ERR_SIGNATURES_SHA1: Algorithm
  ERR_SIGNATURES_DSA: Algorithm
  ERR_SIGNATURES_PARAMETERS: Algorithm & { readonly reason: string }
  ERR_SIGNATURES_PSS_PARAMETERS: {
    readonly field: 'hash' | 'mask generation' | 'trailer' | 'key'
    readonly reason: string
  }
  ERR_SIGNATURES_PSS_SALT_LENGTH: { readonly reason: string }
  ERR_SIGNATURES_KEY_UNSUPPORTED: Algorithm
  ERR_SIGNATURES_KEY_MALFORMED: Algorithm & { readonly reason: string }
  ERR_SIGNATURES_KEY_MISMATCH: { readonly signature: string; readonly key: string }
  ERR_SIGNATURES_RSA_SIZE: { readonly bits: number; readonly minimum: number; readonly maximum: number }
  ERR_SIGNATURES_RSA_MODULUS: { readonly reason: string }
  ERR_SIGNATURES_RSA_EXPONENT: { readonly exponent: string }
  ERR_SIGNATURES_EC_CURVE: { readonly curve: string }
  ERR_SIGNATURES_EC_POINT: { readonly curve: string; readonly reason: string }
  ERR_SIGNATURES_EDDSA_NOT_CANONICAL: Algorithm
  ERR_SIGNATURES_EDDSA_SMALL_ORDER: Algorithm
  ERR_SIGNATURES_INVALID: Algorithm & {
    /** The issuer that was tried, escaped. */
    readonly issuer: string
    /** SHA-256 of its DER. */
    readonly issuerFingerprint: string
    /** Its key identifier, and the one that the certificate names; where both are there and differ, it is another key. */
    readonly keyIdentifier: string | null
    readonly namedKeyIdentifier: string | null
  }
}

export type SignaturesFailure = FailureUnion<SignaturesEvidence>

const NEW_KEY =
  'Issue the certificate again for a new key: RSA of 2048 bits or more with exponent 65537, P-256, or Ed25519.'
const NEW_SIGNATURE = 'Have the certificate issued again, signed with SHA-256 or better.'

export const SIGNATURES_FAILURES: FailureTable<SignaturesEvidence> = {
  ERR_SIGNATURES_UNSUPPORTED: {
    fault: 'client',
    clause: 'RFC 5280 4.1.1.2; the table in signatures/algorithms.ts',
    meaning: 'The signature algorithm is none that this version verifies.',
    message: ({ algorithm }) => `the signature algorithm ${algorithm} is not supported`,
    hint: 'Supported: RSA PKCS#1 v1.5 and PSS, ECDSA, each with SHA-256, SHA-384 or SHA-512; Ed25519; Ed448; ML-DSA.',
  },
  ERR_SIGNATURES_UNAVAILABLE: {
    fault: 'server',
    clause: 'RFC 9881; known-answer test',
    meaning:
      'The algorithm is supported, and this version of Node cannot verify it: it failed a test with a known answer.',
    message: ({ algorithm }) => `this version of Node does not verify ${algorithm}`,
    hint: 'Run on Node 24 or later.',
  },
  ERR_SIGNATURES_MD5: {
    fault: 'client',
    clause: 'RFC 6151 section 2',
    meaning: 'The certificate is signed over an MD5, MD4 or MD2 digest, which anybody can collide.',
    message: ({ algorithm }) => `signed with ${algorithm}: the digest is broken`,
    hint: NEW_SIGNATURE,
  },
  ERR_SIGNATURES_SHA1: {
    fault: 'client',
    clause: 'RFC 9155, RFC 6194; SHAttered and "SHA-1 is a Shambles" made chosen-prefix collisions cheap',
    meaning: 'The certificate is signed over a SHA-1 digest.',
    message: ({ algorithm }) => `signed with ${algorithm}: SHA-1 is refused`,
    hint: NEW_SIGNATURE,
  },
  ERR_SIGNATURES_DSA: {
    fault: 'client',
    clause: 'FIPS 186-5: DSA is no longer approved for signing',
    meaning: 'The certificate is signed with DSA, or holds a DSA key.',
    message: ({ algorithm }) => `${algorithm}: DSA is refused`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_PARAMETERS: {
    fault: 'client',
    clause: 'RFC 4055 sections 2.1 and 5, RFC 5758 3.2, RFC 8410 section 3',
    meaning: 'The parameters of an algorithm are not what its standard demands.',
    message: ({ algorithm, reason }) => `parameters of ${algorithm}: ${reason}`,
    hint: 'The certificate or its key comes from broken software: issue it again with another.',
  },
  ERR_SIGNATURES_PSS_PARAMETERS: {
    fault: 'client',
    clause: 'RFC 4055 section 3.1, RFC 8017 A.2.3',
    meaning: 'RSASSA-PSS with a hash or a mask generation that is weak, contradictory, or not what the key allows.',
    message: ({ field, reason }) => `RSASSA-PSS ${field}: ${reason}`,
    hint: 'Use one SHA-2 hash for both the digest and MGF1, with the salt as long as the digest.',
  },
  ERR_SIGNATURES_PSS_SALT_LENGTH: {
    fault: 'client',
    clause: 'RFC 4055 section 3.1',
    meaning:
      'RSASSA-PSS without an explicit salt length, or with an impossible one. Left out, verifiers disagree about it.',
    message: ({ reason }) => `RSASSA-PSS salt length: ${reason}`,
    hint: 'Have the certificate issued again with the salt length written out (32 for SHA-256).',
  },
  ERR_SIGNATURES_KEY_UNSUPPORTED: {
    fault: 'client',
    clause: 'RFC 3279, RFC 5480, RFC 8410',
    meaning: 'The public key is of a kind that this version does not use.',
    message: ({ algorithm }) => `public keys of kind ${algorithm} are not supported`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_KEY_MALFORMED: {
    fault: 'client',
    clause: 'RFC 3279 2.3.1, RFC 5480 2.2, RFC 8410 section 4',
    meaning: 'The public key does not have the form of its kind, or the runtime refuses it.',
    message: ({ algorithm, reason }) => `the ${algorithm} key is malformed: ${reason}`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_KEY_MISMATCH: {
    fault: 'client',
    clause: 'RFC 4055 section 1.2, RFC 5480 2.1.1',
    meaning: "The signature algorithm is not one that the issuer's kind of key may be used with.",
    message: ({ signature, key }) => `a ${signature} signature, but the issuer's key is ${key}`,
    hint: 'The certificate was not issued by the certification authority whose name it carries.',
  },
  ERR_SIGNATURES_RSA_SIZE: {
    fault: 'client',
    clause: 'NIST SP 800-131A (2048 at least); CVE-2023-29409 (very large keys as an attack on time)',
    meaning: 'The RSA modulus is too short to be safe or too long to be checked cheaply.',
    message: ({ bits, minimum, maximum }) => `RSA key of ${bits} bits; ${minimum} to ${maximum} are accepted`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_RSA_MODULUS: {
    fault: 'client',
    clause: 'RFC 8017 3.1',
    meaning: 'The RSA modulus cannot be a product of two odd primes.',
    message: ({ reason }) => `the RSA modulus ${reason}`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_RSA_EXPONENT: {
    fault: 'client',
    clause: 'RFC 8017 3.1, FIPS 186-5 A.1.1',
    meaning: 'The RSA exponent is 1 (anybody can sign without a key), even, or 2^33 or more.',
    message: ({ exponent }) => `RSA exponent ${exponent}; odd numbers from 3 to below 2^33 are accepted`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_EC_CURVE: {
    fault: 'client',
    clause: 'RFC 5480 2.1.1',
    meaning:
      'The elliptic curve is not a named one among P-256, P-384 and P-521; explicit curves are how CVE-2020-0601 worked.',
    message: ({ curve }) => `the elliptic curve ${curve} is not supported`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_EC_POINT: {
    fault: 'client',
    clause: 'RFC 5480 2.2',
    meaning: 'The elliptic-curve point is compressed or of the wrong width.',
    message: ({ curve, reason }) => `the point on ${curve} is ${reason}`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_EDDSA_NOT_CANONICAL: {
    fault: 'client',
    clause: 'RFC 8032 5.1.3 and 5.2.3',
    meaning: 'The EdDSA key is an encoding that no point has, so verifiers disagree about it.',
    message: ({ algorithm }) => `the ${algorithm} key is not canonical`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_EDDSA_SMALL_ORDER: {
    fault: 'client',
    clause: 'RFC 8032 section 8.7 and RFC 7748 section 7; measured: Node 20 and 22 verify forgeries under such keys',
    meaning: 'The EdDSA key is a point of small order: a signature under it can be made without any key.',
    message: ({ algorithm }) => `the ${algorithm} key is a point of small order`,
    hint: NEW_KEY,
  },
  ERR_SIGNATURES_INVALID: {
    fault: 'client',
    clause: 'RFC 5280 6.1.3 (a)(1)',
    meaning: 'The signature does not verify under the key of the issuer that the certificate names.',
    message: ({ algorithm, issuer }) => `the ${algorithm} signature does not verify under the key of ${issuer}`,
    hint: 'Either the certificate is forged, or the issuer was given a new key under its old name: compare the authority key identifier with the store.',
  },
}

export const signaturesFailure = failureMaker('signatures', SIGNATURES_FAILURES)
