import { broken, createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { createAuthenticator } from '../../src/index.ts'
import { parsePresented } from '../../src/x509/parse-presented.ts'

const root = createAuthority()
const issuer = root.intermediate()
const leaf = issuer.issue({ subject: 'alice' })
const [first, second] = [leaf.certificate.der, issuer.certificate.der]
const total = first.length + second.length
const limits = { maxCertificateBytes: 65_536, maxPresentedBytes: total }

describe('what was presented is parsed whole or not at all', () => {
  test('accepts as many bytes as the limit allows, and refuses one more (limits.presentedBytes)', () => {
    expect(parsePresented([first, second], limits)).toMatchObject({
      ok: true,
      value: [{ der: first }, { der: second }],
    })
    expect(parsePresented([first, second], { ...limits, maxPresentedBytes: total - 1 })).toMatchObject({
      ok: false,
      failure: {
        code: 'ERR_X509_TOO_MANY_BYTES',
        limit: total - 1,
        certificates: 2,
        certificate: { position: 0, subject: 'CN=alice' },
      },
    })
  })

  test('does not read what lies beyond the limit: there it may be anything', () => {
    const beyond = { ...limits, maxPresentedBytes: first.length }
    expect(parsePresented([first, Uint8Array.of(1, 2, 3)], beyond)).toMatchObject({
      failure: { code: 'ERR_X509_TOO_MANY_BYTES' },
    })
  })

  test('refuses all for one that is malformed, wherever it stands', () => {
    const bad = broken.trailingBytes(leaf).certificate.der
    for (const presented of [
      [bad, second],
      [first, bad],
    ] as const) {
      expect(parsePresented([...presented], { ...limits, maxPresentedBytes: 65_536 })).toMatchObject({
        failure: { code: 'ERR_X509_MALFORMED', certificate: { position: presented.indexOf(bad) } },
      })
    }
  })

  test('is bounded in an authenticator, too, by its option', async () => {
    const decide = (presentedBytes: number) => {
      const authenticator = createAuthenticator({
        trust: { pem: root.certificate.pem },
        limits: { presentedBytes },
        clock: () => root.at,
      })
      return authenticator.verify({ der: first, presented: [second] })
    }
    expect((await decide(total)).outcome).toBe('accepted')
    expect(await decide(total - 1)).toMatchObject({ outcome: 'rejected', failure: { code: 'ERR_X509_TOO_MANY_BYTES' } })
  })
})
