import { createHash } from 'node:crypto'
import type { ForwardedClient } from '@clientcert/core/headers'
import { parseCertificate } from '@clientcert/core/x509'
import type { Leaf } from '../leaf.ts'
import { namesOf } from './distinguished-name-text.ts'

/** The fields of a certificate that cannot be parsed, which is forwarded nevertheless: a test may want to see what becomes of it. */
const UNREADABLE = { serialNumber: '', notBefore: new Date(0), notAfter: new Date(0), uris: [], dnsNames: [] }

/** What a proxy forwards of a client. @param failedFor - Why the proxy did not verify it; null where it did. */
export function forwardedClient({ certificate, chain }: Leaf, failedFor: string | null): ForwardedClient {
  const { der } = certificate
  return {
    ...fieldsOf(der),
    ...namesOf(der),
    certificates: [der, ...chain.slice(1).map((issuer) => issuer.der)],
    failedFor,
    fingerprint: createHash('sha256').update(der).digest('hex'),
  }
}

function fieldsOf(der: Uint8Array): typeof UNREADABLE | Pick<ForwardedClient, keyof typeof UNREADABLE> {
  const parsed = parseCertificate(der)
  if (!parsed.ok) return UNREADABLE
  const { serialNumber, notBefore, notAfter, extensions } = parsed.value
  const names = extensions.subjectAltName ?? []
  return {
    serialNumber: Buffer.from(serialNumber)
      .toString('hex')
      .toUpperCase()
      .replace(/^00(?=.)/, ''),
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    uris: names.flatMap((name) => (name.type === 'uri' ? [name.value] : [])),
    dnsNames: names.flatMap((name) => (name.type === 'dns' ? [name.value] : [])),
  }
}
