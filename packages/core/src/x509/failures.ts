import { type FailureTable, type FailureUnion, failureMaker } from '../failure.ts'

export interface X509Evidence {
  /** `offset` counts octets of the certificate's DER. */
  ERR_X509_MALFORMED: { readonly field: string; readonly offset: number; readonly reason: string }
  ERR_X509_TOO_LARGE: { readonly limit: number; readonly present: number }
  ERR_X509_TOO_MANY_BYTES: { readonly limit: number; readonly certificates: number }
  ERR_X509_VERSION: { readonly version: number; readonly reason: string }
  ERR_X509_EMPTY_ISSUER: { readonly field: 'issuer' }
  ERR_X509_ALGORITHM_MISMATCH: { readonly signed: string; readonly unsigned: string }
  ERR_X509_EXTENSION_DUPLICATE: { readonly oid: string; readonly extension: string }
  ERR_X509_EXTENSION_MALFORMED: {
    readonly oid: string
    readonly extension: string
    readonly offset: number
    readonly reason: string
  }
}

export type X509Failure = FailureUnion<X509Evidence>

const REISSUE =
  'Have the certificate issued again by software that encodes DER; `openssl asn1parse -in FILE` shows the place.'

export const X509_FAILURES: FailureTable<X509Evidence> = {
  ERR_X509_MALFORMED: {
    fault: 'client',
    clause: 'RFC 5280 4.1, X.690 clause 10',
    meaning: 'The certificate is not canonical DER, or a field has the wrong shape.',
    message: ({ field, offset, reason }) => `${field} is malformed at octet ${offset}: ${reason}`,
    hint: REISSUE,
  },
  ERR_X509_TOO_LARGE: {
    fault: 'client',
    clause: 'limits.certificateBytes',
    meaning: 'The certificate is larger than the limit, so it was not parsed.',
    message: ({ limit, present }) => `the certificate has ${present} bytes, at most ${limit} are parsed`,
    hint: 'A certificate has 1 to 4 kB. Raise `limits.certificateBytes` if yours really are larger.',
  },
  ERR_X509_TOO_MANY_BYTES: {
    fault: 'client',
    clause: 'limits.presentedBytes',
    meaning: 'The certificates that were presented are larger together than the limit, so the rest was not parsed.',
    message: ({ limit, certificates }) =>
      `the ${certificates} certificates have more than ${limit} bytes together, which is as many as are parsed`,
    hint: 'What is sent is a certificate and two or three intermediates. Raise `limits.presentedBytes` if yours really are larger.',
  },
  ERR_X509_VERSION: {
    fault: 'client',
    clause: 'RFC 5280 4.1.2.1',
    meaning: 'The version is unknown, or fields are present that its version does not have.',
    message: ({ version, reason }) => `version ${version}: ${reason}`,
    hint: REISSUE,
  },
  ERR_X509_EMPTY_ISSUER: {
    fault: 'client',
    clause: 'RFC 5280 4.1.2.4',
    meaning: 'The issuer is an empty name, so nobody vouches for the certificate.',
    message: () => 'the issuer is an empty name',
    hint: 'Have the certificate issued by a certification authority that has a name.',
  },
  ERR_X509_ALGORITHM_MISMATCH: {
    fault: 'client',
    clause: 'RFC 5280 4.1.1.2',
    meaning: 'The signature algorithm outside the signed part is not the one inside.',
    message: ({ signed, unsigned }) => `the signed part says ${signed}, the signature says ${unsigned}`,
    hint: 'The certificate was altered after it was signed, or its issuer is broken: have it issued again.',
  },
  ERR_X509_EXTENSION_DUPLICATE: {
    fault: 'client',
    clause: 'RFC 5280 4.2',
    meaning: 'An extension is present more than once, so two readers could obey different ones.',
    message: ({ oid, extension }) => `the extension ${extension} (${oid}) is present more than once`,
    hint: 'Have the certificate issued again with each extension once.',
  },
  ERR_X509_EXTENSION_MALFORMED: {
    fault: 'client',
    clause: 'RFC 5280 4.2.1',
    meaning: 'An extension that decides about trust or identity does not have the form that its standard demands.',
    message: ({ oid, extension, offset, reason }) =>
      `the extension ${extension} (${oid}) is malformed at octet ${offset}: ${reason}`,
    hint: REISSUE,
  },
}

export const x509Failure = failureMaker('x509', X509_FAILURES)
