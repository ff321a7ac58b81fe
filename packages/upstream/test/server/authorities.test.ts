/** The authorities by which servers are verified. */
import { rootCertificates } from 'node:tls'
import { ConfigurationError } from '@clientcert/core'
import { parseCertificate } from '@clientcert/core/x509'
import { broken, createAuthority, serverCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { verifierOf, verify } from './verifying.ts'

const root = createAuthority('Upstream Root')
const issuing = root.intermediate('Issuing CA')
const server = serverCertificate(issuing, { san: { dns: 'db.example' } })

function mistakeIn(authorities: readonly string[]): ConfigurationError {
  try {
    verifierOf(authorities)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('accepted')
}

describe('authorities that were given', () => {
  test('are anchors where they are self-signed; the others only complete a path (RFC 5280 6.1.1 d)', async () => {
    expect(await verify([root.certificate.pem], server)).toBeNull()
    const verifier = verifierOf([issuing.certificate.pem, root.certificate.pem])
    expect(verifier.status()).toMatchObject({ anchors: 1, intermediates: 1 })
  })

  test('without a self-signed one are refused under their own name: an intermediate vouches for nobody', () => {
    const mistake = mistakeIn([issuing.certificate.pem])
    expect(mistake).toMatchObject({ code: 'ERR_CONFIG_NO_ANCHOR', option: 'caCertChainFile' })
    expect(mistake.message).toContain('Add the root authority')
    expect(mistake.message).not.toContain('partialChain')
    expect(mistakeIn([])).toMatchObject({ code: 'ERR_CONFIG_NO_ANCHOR', option: 'caCertChainFile' })
  })

  test.each([
    ["a server's certificate", server],
    ['a self-signed end entity', broken.selfSigned()],
    ['an authority that says CA:FALSE', createAuthority({ subject: 'No CA', basicConstraints: { ca: false } })],
  ])('are refused with %s among them, by name (RFC 5280 4.2.1.9)', (_, { certificate }) => {
    const mistake = mistakeIn([root.certificate.pem, certificate.pem])
    expect(mistake).toMatchObject({ code: 'ERR_CONFIG_VALUE', option: 'caCertChainFile' })
    expect(mistake.message).toMatch(/certificate 2: CN=.* is no certification authority/)
  })

  test.each([
    ['what is no certificate', pem(Uint8Array.of(1, 2, 3))],
    ['what is no PEM', 'root.pem'],
    ['two in one text', root.certificate.pem + root.certificate.pem],
    ['one that is cut short', pem(broken.truncated(root).certificate.der)],
  ])('are refused with %s: none of them may be missing without a word', (_, text) => {
    const mistake = mistakeIn([root.certificate.pem, text])
    expect(mistake).toMatchObject({ code: 'ERR_CONFIG_TRUST_MALFORMED', option: 'caCertChainFile' })
    expect(mistake.message).toContain('caCertChainFile, certificate 2')
  })
})

describe('authorities of the system', () => {
  test('are all read: every root that Node brings', () => {
    const unread = rootCertificates.filter((text) => !parseCertificate(derOf(text)).ok)
    expect(unread).toEqual([])
    const verifier = verifierOf(rootCertificates, {}, { authoritiesFrom: 'system' })
    expect(verifier.status()).toMatchObject({ ready: true, anchors: rootCertificates.length })
  })

  test('are left out where they cannot be read, and named: nobody here can mend them, and it admits nobody', async () => {
    const lines: string[] = []
    const say = (_: object, message: string): void => {
      lines.push(message)
    }
    const unreadable = pem(Uint8Array.of(0x30, 0x80, 0, 0))
    const deps = { authoritiesFrom: 'system', logger: { info: say, warn: say } } as const
    const verifier = verifierOf([unreadable, root.certificate.pem], {}, deps)
    expect(verifier.status()).toMatchObject({ anchors: 1 })
    expect(lines).toEqual([
      expect.stringMatching(
        /^1 authorities of the system cannot be read and are not trusted: authority 1 of the system: .* \(SHA-256 [0-9a-f]{64}\)$/,
      ),
    ])
  })

  test('may hold what is no authority, which vouches for nobody', () => {
    const deps = { authoritiesFrom: 'system' } as const
    const verifier = verifierOf([root.certificate.pem, server.certificate.pem], {}, deps)
    expect(verifier.status()).toMatchObject({ anchors: 1, intermediates: 1 })
  })

  test('are refused where none can be read', () => {
    const make = () => verifierOf([pem(Uint8Array.of(1))], {}, { authoritiesFrom: 'system' })
    expect(make).toThrow(/no self-signed certificate/)
  })
})

function pem(der: Uint8Array): string {
  return `-----BEGIN CERTIFICATE-----\n${Buffer.from(der).toString('base64')}\n-----END CERTIFICATE-----\n`
}

function derOf(text: string): Uint8Array {
  return Buffer.from(text.replace(/-----[^-]+-----|\s/g, ''), 'base64')
}
