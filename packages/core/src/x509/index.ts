/** `@clientcert/core/x509`: reading certificates. No trust decisions are made here. */
export { MAX_CERTIFICATE_BYTES } from '../encoding/certificate-der.ts'
export type { AlgorithmIdentifier } from './algorithm-identifier.ts'
export { type Certificate, type ParseOptions, parseCertificate, type SubjectPublicKeyInfo } from './certificate.ts'
export type { BasicConstraints, Extension, Extensions, KeyUsage, Leniency } from './extensions.ts'
export type { X509Failure } from './failures.ts'
export { fingerprintOf } from './fingerprint.ts'
export type { GeneralName } from './general-name.ts'
export { type Name, type NameAttribute, nameAttributes, nameToString } from './name.ts'
