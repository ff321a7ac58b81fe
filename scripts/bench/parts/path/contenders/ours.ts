import { createAuthenticator } from '@clientcert/core'
import { decodeNginx } from '@clientcert/core/headers'
import type { Family } from '../families.ts'
import type { Job, Judge } from '../job.ts'

/** The whole public call: options read, trust indexed beforehand; then parsing, path, every check, identity and decision. */
export function judgeOurs({ root, issuer, at }: Family, job: Job): Judge {
  const pem = job === 'cold' ? root.certificate.pem : root.certificate.pem + issuer.certificate.pem
  const { verify } = createAuthenticator({ trust: { pem }, clock: () => at, limits: { remembered: 0 } })
  return job === 'cold'
    ? async ({ leaf, intermediate }) => (await verify({ der: leaf, presented: [intermediate] })).outcome === 'accepted'
    : async ({ leaf }) => (await verify({ der: leaf })).outcome === 'accepted'
}

/** The same, from the header that nginx writes. */
export function judgeOursFromHeader(family: Family): Judge {
  const { root, issuer, at } = family
  const pem = root.certificate.pem + issuer.certificate.pem
  const { verify } = createAuthenticator({ trust: { pem }, clock: () => at, limits: { remembered: 0 } })
  return async ({ header }) => {
    const decoded = decodeNginx(header)
    return decoded.ok && (await verify({ der: decoded.value })).outcome === 'accepted'
  }
}
