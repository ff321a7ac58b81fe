/** A server whose authority has revoked it, by each way in which an authority says so (RFC 5280 6.3, RFC 6960). */
import {
  answerOcspRequest,
  type CertificateOptions,
  createAuthority,
  type Leaf,
  mintCrl,
  type OcspResponder,
  type RevocationServer,
  serverCertificate,
  startRevocationServer,
} from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { ServerOptions } from '../../src/server/server-options.ts'
import { presentedOf, verifierOf, verify } from './verifying.ts'

const root = createAuthority('Upstream Root')
const authorities = [root.certificate.pem]
const server = (options: CertificateOptions = {}): Leaf =>
  serverCertificate(root, { san: { dns: 'db.example' }, ...options })
const [good, revoked] = [server(), server()]
const list = mintCrl(root, { entries: [revoked] })

const codeOf = async (leaf: Leaf, options: ServerOptions): Promise<string> => {
  const error = await verify(authorities, leaf, options)
  if (error === null) return 'accepted'
  return error.failure.code === 'ERR_UPSTREAM_CERTIFICATE' ? error.failure.failure.code : error.code
}

describe('a server that its authority has revoked', () => {
  test('is refused by a CRL at hand, and one that is not revoked is accepted', async () => {
    for (const options of [{ crl: { der: list.der } }, { revocation: { crls: { pem: list.pem } } }]) {
      expect(await codeOf(revoked, options)).toBe('ERR_REVOCATION_REVOKED')
      expect(await codeOf(good, options)).toBe('accepted')
    }
    expect(await codeOf(revoked, {})).toBe('accepted')
  })

  test('is refused by its responder, and one that is not revoked is accepted', async () => {
    const { asked, revoke } = await startResponder()
    const at = { authorityInfoAccess: { ocsp: [asked.url('/ocsp')] } }
    const [one, other] = [server(at), server(at)]
    revoke(one)
    const options: ServerOptions = { revocation: { mode: 'strict', follow: ['ocsp'], fetch: hosts(asked) } }
    expect(await codeOf(one, options)).toBe('ERR_REVOCATION_REVOKED')
    expect(await codeOf(other, options)).toBe('accepted')
    expect(asked.count('/ocsp')).toBe(2)
  })
})

describe('a server of whom nobody says anything', () => {
  const stale = mintCrl(root, { nextUpdate: new Date('2025-12-31T23:00:00Z') })

  test('is refused with `crl`, which is strict', async () => {
    expect(await codeOf(good, { crl: { der: stale.der } })).toBe('ERR_REVOCATION_UNAVAILABLE')
    expect(await codeOf(good, { crl: { der: list.der } })).toBe('accepted')
  })

  test('is accepted under ignore-ca-error, and the logger hears of it', async () => {
    const lines: string[] = []
    const say = (_: object, message: string): void => {
      lines.push(message)
    }
    const options: ServerOptions = { revocation: { mode: 'ignore-ca-error', crls: { der: stale.der } } }
    const verifier = verifierOf(authorities, options, { logger: { info: say, warn: say } })
    expect(await verifier.verify('db.example:443', presentedOf(good), 'host')).toBeNull()
    expect(lines).toEqual(['db.example:443: nobody said whether its certificate is revoked, and it is let pass'])
  })

  test('is asked about by nobody whose path is not verified: nothing is fetched for a stranger', async () => {
    const { asked } = await startResponder()
    const stranger = serverCertificate(createAuthority('Elsewhere'), {
      san: { dns: 'db.example' },
      authorityInfoAccess: { ocsp: [asked.url('/ocsp')] },
    })
    const options: ServerOptions = { revocation: { mode: 'strict', follow: ['ocsp'], fetch: hosts(asked) } }
    expect(await codeOf(stranger, options)).toBe('ERR_PATH_ISSUER_MISSING')
    expect(asked.received).toHaveLength(0)
  })
})

test('status() says how revocation is checked, and by which lists', async () => {
  const verifier = verifierOf(authorities, { crl: { der: list.der } })
  await verifier.ready()
  expect(verifier.status()).toMatchObject({ revocation: 'strict', crlSources: [{ error: null }] })
  await verifier.reload()
  expect(verifier.status().ready).toBe(true)
})

const hosts = ({ port }: RevocationServer) => ({ hosts: ['127.0.0.1'], addresses: ['127.0.0.1'], ports: [port] })

async function startResponder() {
  const numbers = new Set<string>()
  const statusOf = (serialNumber: string) => (numbers.has(serialNumber) ? { reason: 'keyCompromise' as const } : 'good')
  const responder: OcspResponder = { issuer: root, statusOf }
  const asked = await startRevocationServer({ ocsp: { '/ocsp': (request) => answerOcspRequest(request, responder) } })
  onTestFinished(asked.close)
  return { asked, revoke: ({ certificate }: Leaf) => void numbers.add(certificate.x509.serialNumber) }
}
