import { encodeNginx } from '@clientcert/core/headers'
import type { Leaf } from '../leaf.ts'
import { namesOf } from './distinguished-name-text.ts'
import type { ProxyHeaders, ProxyOptions } from './proxy-headers.ts'

/**
 * The headers of ingress-nginx with `auth-tls-pass-certificate-to-upstream`: leaf only, never the chain.
 *
 * nginx leaves out a header whose value is empty, so a client without a certificate has nothing but the verdict.
 */
export function nginxHeaders(leaf: Leaf | null, { verify }: ProxyOptions): ProxyHeaders {
  if (leaf === null) return { 'ssl-client-verify': verify ?? 'NONE' }
  const { subject, issuer } = namesOf(leaf.certificate.der)
  return {
    'ssl-client-cert': encodeNginx(leaf.certificate.der),
    'ssl-client-verify': verify ?? 'SUCCESS',
    ...(subject === '' ? {} : { 'ssl-client-subject-dn': subject }),
    ...(issuer === '' ? {} : { 'ssl-client-issuer-dn': issuer }),
  }
}
