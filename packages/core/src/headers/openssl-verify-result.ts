/**
 * The numbers of OpenSSL's verification results, for proxies that forward them as numbers: their names in `x509_vfy.h`, and the text of
 * `X509_verify_cert_error_string` (read out of OpenSSL 3.0.22), by which `verdict.ts` knows what our own path validation judges again.
 *
 * Only what that tells apart is here. Every other number means what an unknown text means: a reason that is not ours to overrule. 24 is left out for it
 * meant an invalid CA certificate up to OpenSSL 1.1.1, and something else since.
 */
const VERIFY_RESULTS = {
  X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT: { number: 2, text: 'unable to get issuer certificate' },
  X509_V_ERR_UNABLE_TO_GET_CRL: { number: 3, text: 'unable to get certificate CRL' },
  X509_V_ERR_CERT_SIGNATURE_FAILURE: { number: 7, text: 'certificate signature failure' },
  X509_V_ERR_CRL_SIGNATURE_FAILURE: { number: 8, text: 'CRL signature failure' },
  X509_V_ERR_CERT_NOT_YET_VALID: { number: 9, text: 'certificate is not yet valid' },
  X509_V_ERR_CERT_HAS_EXPIRED: { number: 10, text: 'certificate has expired' },
  X509_V_ERR_CRL_NOT_YET_VALID: { number: 11, text: 'CRL is not yet valid' },
  X509_V_ERR_CRL_HAS_EXPIRED: { number: 12, text: 'CRL has expired' },
  X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT: { number: 18, text: 'self-signed certificate' },
  X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN: { number: 19, text: 'self-signed certificate in certificate chain' },
  X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY: { number: 20, text: 'unable to get local issuer certificate' },
  X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE: { number: 21, text: 'unable to verify the first certificate' },
  X509_V_ERR_CERT_CHAIN_TOO_LONG: { number: 22, text: 'certificate chain too long' },
  X509_V_ERR_CERT_REVOKED: { number: 23, text: 'certificate revoked' },
  X509_V_ERR_PATH_LENGTH_EXCEEDED: { number: 25, text: 'path length constraint exceeded' },
  X509_V_ERR_INVALID_PURPOSE: { number: 26, text: 'unsuitable certificate purpose' },
  X509_V_ERR_CERT_UNTRUSTED: { number: 27, text: 'certificate not trusted' },
  X509_V_ERR_CERT_REJECTED: { number: 28, text: 'certificate rejected' },
  X509_V_ERR_APPLICATION_VERIFICATION: { number: 50, text: 'application verification failure' },
  X509_V_ERR_INVALID_CA: { number: 79, text: 'invalid CA certificate' },
} as const satisfies Record<`X509_V_ERR_${string}`, { readonly number: number; readonly text: string }>

const ROWS = Object.values(VERIFY_RESULTS)
const TEXTS: ReadonlyMap<string, string> = new Map(ROWS.map(({ number, text }) => [String(number), text]))
const NUMBERS: ReadonlyMap<string, number> = new Map(ROWS.map(({ number, text }) => [text, number]))

/** Finds the text of a number that is not 0; undefined for one that is not in the table. */
export const verifyErrorText = (number: string): string | undefined => TEXTS.get(number)

/** Finds the number of a text; that of no particular failure for one that is not in the table. */
export const verifyErrorNumber = (text: string): number =>
  NUMBERS.get(text) ?? VERIFY_RESULTS.X509_V_ERR_APPLICATION_VERIFICATION.number
