import type { CertificateFailure } from './decision.ts'

const NOT_FOR_THIS = 'unsuitable certificate purpose'
const UNANCHORED = 'unable to get local issuer certificate'
const WEAK_DIGEST = 'CA signature digest algorithm too weak'
const NO_ALGORITHM = 'Unsupported signature algorithm'
const NO_KEY = 'unable to decode issuer public key'
const SIGNATURE = 'certificate signature failure'
const UNSPECIFIED = 'unspecified certificate verification error'
const EXTENSION = 'invalid or inconsistent certificate extension'

/**
 * Why a certificate is not good, in the words of OpenSSL's `X509_verify_cert_error_string` where it has any. Those that a reader may overrule by a path
 * of its own (`PATH_REASONS`) are here for failures that such a path finds again; the others end it, since the reader may not be able to see why.
 */
const WORDS: Readonly<Record<CertificateFailure['code'], string>> = {
  ERR_X509_MALFORMED: UNSPECIFIED,
  ERR_X509_TOO_LARGE: UNSPECIFIED,
  ERR_X509_TOO_MANY_BYTES: UNSPECIFIED,
  ERR_X509_VERSION: EXTENSION,
  ERR_X509_EMPTY_ISSUER: 'Issuer name empty',
  ERR_X509_ALGORITHM_MISMATCH: 'signature algorithm mismatch',
  ERR_X509_EXTENSION_DUPLICATE: EXTENSION,
  ERR_X509_EXTENSION_MALFORMED: EXTENSION,
  ERR_PATH_EXPIRED: 'certificate has expired',
  ERR_PATH_NOT_YET_VALID: 'certificate is not yet valid',
  ERR_PATH_NOT_A_CA: 'invalid CA certificate',
  ERR_PATH_LENGTH: 'path length constraint exceeded',
  ERR_PATH_KEY_USAGE: NOT_FOR_THIS,
  ERR_PATH_EXTENDED_KEY_USAGE: NOT_FOR_THIS,
  ERR_PATH_CRITICAL_EXTENSION: 'unhandled critical extension',
  ERR_PATH_NAME_CONSTRAINT: 'permitted subtree violation',
  ERR_PATH_MISPLACED_CONSTRAINT: EXTENSION,
  ERR_PATH_POLICY: 'no explicit policy',
  ERR_PATH_POLICY_MAPPING: 'invalid or inconsistent certificate policy extension',
  ERR_PATH_TOO_LONG: 'certificate chain too long',
  ERR_PATH_TOO_MANY_CERTIFICATES: 'certificate chain too long',
  ERR_PATH_BUDGET: UNSPECIFIED,
  ERR_PATH_ISSUER_MISSING: UNANCHORED,
  ERR_PATH_SELF_SIGNED: 'self-signed certificate',
  ERR_PATH_NO_ANCHOR: UNANCHORED,
  ERR_SIGNATURES_UNSUPPORTED: NO_ALGORITHM,
  ERR_SIGNATURES_UNAVAILABLE: NO_ALGORITHM,
  ERR_SIGNATURES_MD5: WEAK_DIGEST,
  ERR_SIGNATURES_SHA1: WEAK_DIGEST,
  ERR_SIGNATURES_DSA: NO_ALGORITHM,
  ERR_SIGNATURES_PARAMETERS: NO_ALGORITHM,
  ERR_SIGNATURES_PSS_PARAMETERS: NO_ALGORITHM,
  ERR_SIGNATURES_PSS_SALT_LENGTH: NO_ALGORITHM,
  ERR_SIGNATURES_KEY_UNSUPPORTED: NO_KEY,
  ERR_SIGNATURES_KEY_MALFORMED: NO_KEY,
  ERR_SIGNATURES_KEY_MISMATCH: NO_KEY,
  ERR_SIGNATURES_RSA_SIZE: 'CA certificate key too weak',
  ERR_SIGNATURES_RSA_MODULUS: NO_KEY,
  ERR_SIGNATURES_RSA_EXPONENT: NO_KEY,
  ERR_SIGNATURES_EC_CURVE: NO_KEY,
  ERR_SIGNATURES_EC_POINT: NO_KEY,
  ERR_SIGNATURES_EDDSA_NOT_CANONICAL: NO_KEY,
  ERR_SIGNATURES_EDDSA_SMALL_ORDER: NO_KEY,
  ERR_SIGNATURES_INVALID: SIGNATURE,
  ERR_REVOCATION_REVOKED: 'certificate revoked',
  ERR_REVOCATION_ON_HOLD: 'certificate revoked',
  ERR_REVOCATION_UNKNOWN: 'OCSP unknown cert',
  ERR_REVOCATION_UNAVAILABLE: 'unable to get certificate CRL',
  ERR_REVOCATION_NO_SOURCE: 'unable to get certificate CRL',
}

/** What comes last of an end entity whose own issuer is unknown: nginx goes on under `optional_no_ca`, and keeps the last error (measured). */
const FIRST_OF_ALL = 'unable to verify the first certificate'

/** Names the reason of a failure in OpenSSL's words. Of a closed set: nothing of the certificate is in it. */
export function opensslWordsFor({ code, certificate }: CertificateFailure): string {
  const words = WORDS[code]
  return words === UNANCHORED && certificate?.position === 0 ? FIRST_OF_ALL : words
}
