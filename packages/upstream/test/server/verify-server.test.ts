/** Whether a server is verified: by its path first, by its name then. */
import { dangerouslyAllowWeakAlgorithms } from '@clientcert/core'
import {
  broken,
  type CertificateOptions,
  createAuthority,
  DEFAULT_CLOCK,
  type Leaf,
  serverCertificate,
} from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { dangerouslyDisableServerVerification } from '../../src/server/server-options.ts'
import { presentedOf, verifierOf, verify } from './verifying.ts'

const root = createAuthority('Upstream Root')
const issuing = root.intermediate('Issuing CA')
const authorities = [root.certificate.pem]

const server = (options: CertificateOptions = {}, authority = issuing): Leaf =>
  serverCertificate(authority, { san: { dns: 'db.example' }, ...options })

describe('a server', () => {
  test('is verified where its path leads to an authority and its certificate names it (RFC 5280 6.1, RFC 9525 6)', async () => {
    expect(await verify(authorities, server())).toBeNull()
    expect(await verify([issuing.certificate.pem, ...authorities], leafAlone(server()))).toBeNull()
  })

  test('is refused by its path before its name is looked at', async () => {
    const other = createAuthority('Upstream Root').issue({ eku: ['serverAuth'], san: { dns: 'other.example' } })
    expect(await verify(authorities, other)).toMatchObject({ code: 'ERR_UPSTREAM_CERTIFICATE' })
    expect(await verify(authorities, server({ san: { dns: 'other.example' } }))).toMatchObject({
      code: 'ERR_UPSTREAM_HOST',
    })
  })

  test.each<[string, () => Leaf, string]>([
    [
      'that expired (RFC 5280 4.1.2.5)',
      () => server({ notAfter: new Date('2025-12-31T00:00:00Z') }),
      'ERR_PATH_EXPIRED',
    ],
    ['that is not yet valid', () => server({ notBefore: new Date('2026-01-02T00:00:00Z') }), 'ERR_PATH_NOT_YET_VALID'],
    [
      'of another authority of the same name',
      () => server({}, createAuthority('Upstream Root')),
      'ERR_SIGNATURES_INVALID',
    ],
    ['of an authority that nobody knows', () => server({}, createAuthority('Elsewhere')), 'ERR_PATH_ISSUER_MISSING'],
    ['that is self-signed', () => broken.selfSigned({ eku: ['serverAuth'] }), 'ERR_PATH_SELF_SIGNED'],
    ['without the intermediate', () => leafAlone(server()), 'ERR_PATH_ISSUER_MISSING'],
    ['for clients only (RFC 5280 4.2.1.12)', () => server({ eku: ['clientAuth'] }), 'ERR_PATH_EXTENDED_KEY_USAGE'],
    [
      'issued by an end entity (RFC 5280 6.1.4 k)',
      () => server({}, root.intermediate({ basicConstraints: { ca: false } })),
      'ERR_PATH_NOT_A_CA',
    ],
    ['with a forged signature', () => broken.forgedSignature(server()), 'ERR_SIGNATURES_INVALID'],
    ['that is cut short', () => broken.truncated(server()), 'ERR_X509_MALFORMED'],
  ])('is refused with a certificate %s', async (_, make, code) => {
    const error = await verify(authorities, make())
    expect(error?.failure).toMatchObject({
      code: 'ERR_UPSTREAM_CERTIFICATE',
      server: 'db.example:443',
      failure: { code },
    })
    expect(error?.message).toContain(`the certificate of db.example:443 is refused: ${code}`)
  })

  test('is refused with a weak algorithm unless that is let pass by name (RFC 9155)', async () => {
    const authority = createAuthority({ subject: 'Old Root', key: 'rsa2048' })
    const weak = server({ signature: 'rsa-pkcs1-sha1' }, authority)
    const error = await verify([authority.certificate.pem], weak)
    expect(error?.failure).toMatchObject({ failure: { code: 'ERR_SIGNATURES_SHA1' } })
    expect(await verify([authority.certificate.pem], weak, { [dangerouslyAllowWeakAlgorithms]: ['SHA-1'] })).toBeNull()
  })

  test('is refused with more than limits allow, which are the options', async () => {
    expect(await verify(authorities, server(), { limits: { presented: 1 } })).toBeNull()
    const error = await verify(authorities, server(), { limits: { presented: 0 } })
    expect(error?.failure).toMatchObject({ failure: { code: 'ERR_PATH_TOO_MANY_CERTIFICATES' } })
    expect((await verify(authorities, server(), { maxIntermediates: 0 }))?.failure).toMatchObject({
      failure: { code: 'ERR_PATH_TOO_LONG' },
    })
  })

  test('CVE-2026-48934: is judged anew each time, also where it was verified before', async () => {
    let now = DEFAULT_CLOCK
    const verifier = verifierOf(authorities, {}, { clock: () => now })
    const leaf = server({ notAfter: new Date('2026-01-02T00:00:00Z') })
    expect(await verifier.verify('db.example:443', presentedOf(leaf), 'host')).toBeNull()
    now = new Date('2026-01-03T00:00:00Z')
    expect(await verifier.verify('db.example:443', presentedOf(leaf), 'host')).toMatchObject({
      failure: { failure: { code: 'ERR_PATH_EXPIRED' } },
    })
  })

  test('is refused once the verifier is closed: nothing is left to verify by', async () => {
    const verifier = verifierOf(authorities)
    await verifier.ready()
    verifier.close()
    expect(await verifier.verify('db.example:443', presentedOf(server()), 'host')).toMatchObject({
      code: 'ERR_UPSTREAM_CERTIFICATE',
      failure: { failure: { code: 'ERR_TRUST_NOT_READY' } },
    })
  })

  test('stands escaped in what is said of it (CVE-2021-42574)', async () => {
    const evil = server({ subject: '\u202edb\u001b[2J' }, createAuthority('Elsewhere'))
    const verifier = verifierOf(authorities)
    const error = await verifier.verify('db\u001b.example:443', presentedOf(evil), 'host')
    expect(error?.message).toContain('\\u{202e}')
    expect(error?.message).toContain('\\u{1b}.example:443')
    expect(error?.message).not.toContain('\u202e')
    expect(error?.message).not.toContain('\u001b')
  })

  test('is nobody whom the logger or `clientcert:decision` hears of: those are about clients', async () => {
    const { lines, logger } = recorder()
    const verifier = verifierOf(authorities, {}, { logger })
    expect(await verifier.verify('db.example:443', presentedOf(broken.selfSigned()), 'host')).not.toBeNull()
    expect(lines).toEqual([])
  })
})

describe('what is said of the verifier', () => {
  test('is by how many authorities and how revocation it judges', async () => {
    const verifier = verifierOf([...authorities, issuing.certificate.pem])
    await verifier.ready()
    expect(verifier.status()).toEqual({
      verification: 'enabled',
      ready: true,
      anchors: 1,
      intermediates: 1,
      revocation: 'skip',
      crlSources: [],
      fetched: null,
    })
  })
})

describe('with dangerouslyDisableServerVerification', () => {
  test('whoever answers is accepted, and that is said at start and by status()', async () => {
    const { lines, logger } = recorder()
    const verifier = verifierOf(authorities, { [dangerouslyDisableServerVerification]: true }, { logger })
    expect(lines).toEqual([expect.stringContaining('dangerouslyDisableServerVerification')])
    expect(await verifier.verify('db.example:443', presentedOf(broken.selfSigned()), 'host')).toBeNull()
    expect(verifier.status()).toMatchObject({ verification: 'disabled', ready: true })
  })
})

const leafAlone = (leaf: Leaf): Leaf => ({ ...leaf, chain: [leaf.certificate], fullChainPem: leaf.certificate.pem })

function recorder() {
  const lines: string[] = []
  const say = (_: object, message: string): void => {
    lines.push(message)
  }
  return { lines, logger: { info: say, warn: say } }
}
