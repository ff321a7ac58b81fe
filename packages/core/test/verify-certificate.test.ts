import '@clientcert/testing/vitest'
import { broken, createAuthority, DEFAULT_CLOCK } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type CertificateInput, dns, verifyCertificate } from '../src/index.ts'
import { alice, authenticatorFor, root } from './behind-nginx.ts'

const options = { trust: { pem: root.certificate.pem }, clock: () => DEFAULT_CLOCK }
const intermediate = root.intermediate('Intermediate')
const bob = intermediate.issue({ subject: 'bob', san: { dns: 'bob.example' } })

describe('verifyCertificate()', () => {
  test('decides about one certificate in PEM or DER, with whatever came with it', async () => {
    const [end, issuer] = bob.chain.map(({ der }) => der)
    if (end === undefined || issuer === undefined) throw new Error('a chain of two')
    expect(await verifyCertificate({ pem: bob.fullChainPem }, options)).toBeAccepted()
    expect(await verifyCertificate({ der: end, presented: [issuer] }, options)).toBeAccepted()
    expect(await verifyCertificate({ der: alice.certificate.der }, options)).toBeAccepted()
    expect(await verifyCertificate({ der: end }, options)).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
    expect(await verifyCertificate({ der: end, presented: [] }, options)).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
  })

  test('takes the first as the client, never one behind it', async () => {
    const stranger = createAuthority().issue('mallory')
    const pem = stranger.certificate.pem + alice.certificate.pem
    expect(await verifyCertificate({ pem }, options)).toBeRejectedWith('ERR_PATH_ISSUER_MISSING')
  })

  test('applies rule and mode', async () => {
    expect(await verifyCertificate({ pem: bob.fullChainPem }, { ...options, allow: dns('bob.example') })).toBeAccepted()
    expect(
      await verifyCertificate({ pem: bob.fullChainPem }, { ...options, allow: dns('alice.example') }),
    ).toBeRejectedWith('ERR_POLICY_REFUSED')
    const expired = { pem: broken.expired(root).fullChainPem }
    expect(await verifyCertificate(expired, { ...options, mode: 'accept-unverified' })).toBeUnverified(
      'ERR_PATH_EXPIRED',
    )
    expect(await verifyCertificate(expired, { ...options, mode: 'off' })).toEqual({ outcome: 'skipped' })
  })

  test.each([
    ['nothing', ''],
    ['no PEM', 'hello'],
    ['a private key', alice.privateKeyPem],
    ['two certificates glued together', alice.certificate.pem.trimEnd() + alice.certificate.pem],
  ])('returns a refusal for %s, and never throws for what a stranger sent', async (_, pem) => {
    expect(await verifyCertificate({ pem }, options)).toBeRejectedWith('ERR_ENCODING_PEM')
  })

  test('returns a refusal for DER that is none', async () => {
    for (const der of [new Uint8Array(), new Uint8Array(100), Buffer.from('hello')]) {
      expect(await verifyCertificate({ der }, options)).toBeRejectedWith('ERR_X509_MALFORMED')
    }
    expect(
      await verifyCertificate({ der: alice.certificate.der, presented: [new Uint8Array(3)] }, options),
    ).toBeRejectedWith('ERR_X509_MALFORMED')
  })

  test.each([
    ['a bare string', alice.certificate.pem, 'input'],
    ['a buffer', alice.certificate.der, 'input'],
    ['nothing', undefined, 'input'],
    ['both', { pem: alice.certificate.pem, der: alice.certificate.der }, 'input'],
    ['neither', {}, 'input'],
    ['PEM in a buffer', { pem: Buffer.from(alice.certificate.pem) }, 'input'],
    ['DER in a string', { der: 'MIIB' }, 'input'],
    ['presented that is PEM', { der: alice.certificate.der, presented: ['pem'] }, 'input'],
    ['presented beside PEM', { pem: alice.certificate.pem, presented: [] }, 'input'],
    ['another key', { certificate: alice.certificate.pem }, 'input.certificate'],
  ])('throws for %s, which is a mistake of the application', async (_, input, option) => {
    await expect(verifyCertificate(input as CertificateInput, options)).rejects.toMatchObject({
      name: 'ConfigurationError',
      option: expect.stringMatching(`^${option}`) as string,
    })
  })

  test('throws for wrong options', async () => {
    const wrong = { ...options, mod: 'required' }
    await expect(verifyCertificate({ pem: '' }, wrong)).rejects.toMatchObject({ code: 'ERR_CONFIG_UNKNOWN_OPTION' })
  })

  test('waits for trust that is remote', async () => {
    const load = async () => [{ der: root.certificate.der, origin: 'the test' }]
    expect(
      await verifyCertificate({ pem: alice.fullChainPem }, { ...options, trust: { name: 'remote', load } }),
    ).toBeAccepted()
    const fails = { name: 'remote', load: () => Promise.reject(new Error('no route')) }
    await expect(verifyCertificate({ pem: '' }, { ...options, trust: fails })).rejects.toMatchObject({
      name: 'SourceError',
    })
  })

  test('stops watching what it loaded, however it ends', async () => {
    let watches = 0
    const source = {
      name: 'watched',
      load: () => [{ der: root.certificate.der, origin: 'the test' }],
      watch: () => {
        watches += 1
        return () => {
          watches -= 1
        }
      },
    }
    const watched = { ...options, trust: source }
    expect(await verifyCertificate({ pem: alice.fullChainPem }, watched)).toBeAccepted()
    expect(watches).toBe(0)
    await expect(verifyCertificate({} as CertificateInput, watched)).rejects.toThrow()
    expect(watches).toBe(0)
    const failing = { ...watched, trust: { ...source, load: () => Promise.reject(new Error('no route')) } }
    await expect(verifyCertificate({ pem: '' }, failing)).rejects.toThrow()
    expect(watches).toBe(0)
  })
})

describe('verify() of an authenticator', () => {
  test('keeps nothing of the octets: changing them afterwards changes no identity', async () => {
    const der = Uint8Array.from(alice.certificate.der)
    const decision = await authenticatorFor().verify({ der })
    if (decision.outcome !== 'accepted') throw new Error(decision.outcome)
    der.fill(0)
    expect(decision.identity.pem).toBe(alice.certificate.pem)
    expect(decision.identity.certificate.der).not.toEqual(der)
  })

  test('remembers nothing: each call is verified', async () => {
    let now = DEFAULT_CLOCK
    const authenticator = authenticatorFor({ clock: () => now })
    expect(await authenticator.verify({ pem: alice.fullChainPem })).toBeAccepted()
    now = new Date('2040-01-01')
    expect(await authenticator.verify({ pem: alice.fullChainPem })).toBeRejectedWith('ERR_PATH_EXPIRED')
  })

  test('refuses PEM beyond 262,144 characters before it is decoded, and reads it up to there', async () => {
    const authenticator = authenticatorFor()
    const padding = (length: number) => ({ pem: alice.certificate.pem.padEnd(length, '\n') })
    expect(await authenticator.verify(padding(262_144))).toBeAccepted()
    expect(await authenticator.verify(padding(1_048_577))).toBeRejectedWith('ERR_ENCODING_TOO_LARGE')
  })

  test('counts what is presented, PEM or DER', async () => {
    const many = Array.from({ length: 64 }, () => intermediate.certificate.der)
    const authenticator = authenticatorFor()
    expect(await authenticator.verify({ der: alice.certificate.der, presented: many.slice(0, 10) })).toBeAccepted()
    expect(await authenticator.verify({ der: alice.certificate.der, presented: many })).toBeRejectedWith(
      'ERR_PATH_TOO_MANY_CERTIFICATES',
    )
    const pem = alice.certificate.pem + intermediate.certificate.pem.repeat(65)
    expect(await authenticator.verify({ pem })).toBeRejectedWith('ERR_ENCODING_TOO_LARGE')
  })
})
