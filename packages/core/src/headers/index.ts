/** `@clientcert/core/headers`: header text to certificate and back, and nothing else. No trust decisions are made here. */
export type { CertificateDer } from '../encoding/certificate-der.ts'
export type { EncodingFailure } from '../encoding/failures.ts'
export type { Ok, Refused, Result } from '../result.ts'
export type { HeadersFailure } from './failures.ts'
export type {
  AssertedCertificate,
  Assertion,
  ForwardedCertificates,
  ForwardedClient,
  HeaderFormat,
  HeaderLines,
  HeaderTextFailure,
} from './header-format.ts'
export {
  decodeNginx,
  decodeNginxVerdict,
  encodeNginx,
  MAX_NGINX_CHARACTERS,
  NGINX_CERTIFICATE_HEADER,
  NGINX_VERDICT_HEADER,
} from './nginx.ts'
export { createFormat, type FormatOptions, type HeaderRole, PROXY_NAMES, type ProxyName } from './registry.ts'
export type { ProxyVerdict } from './verdict.ts'
