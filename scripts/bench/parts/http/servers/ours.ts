import { type AuthenticatorOptions, dns } from '@clientcert/core'
import type { ServerSpec } from './spec.ts'

/** As one would write them: behind a proxy the gate, and its verdict held against ours; a policy either way. */
export const ourOptions = ({ from, material }: ServerSpec): AuthenticatorOptions => ({
  trust: { pem: material.clientCa },
  allow: dns(material.allowedName),
  ...(from === 'socket'
    ? {}
    : { from: { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] }, onProxyVerdict: 'consistent' } }),
})
