import { createAuthority, DEFAULT_CLOCK, der } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import {
  allOf,
  anyOf,
  createAuthenticator,
  dns,
  fingerprint,
  issuerAndSerialNumber,
  not,
  type Rule,
} from '../../src/index.ts'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { identityWith } from '../identity/identity.ts'
import { judged, thrownBy } from './judged.ts'

const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n

/** The same certificate with the CA's ECDSA signature (r, s) written as (r, n - s), which anybody can do. */
function twinOf(certificate: Uint8Array): Uint8Array {
  const parsed = parseCertificate(certificate)
  if (!parsed.ok) throw new Error(parsed.failure.message)
  const { tbs, signature } = parsed.value
  const rLength = signature[3] ?? 0
  const numberAt = (start: number, length: number) =>
    BigInt(`0x${Buffer.from(signature.subarray(start, start + length)).toString('hex')}`)
  const r = numberAt(4, rLength)
  const s = numberAt(6 + rLength, signature[5 + rLength] ?? 0)
  const twin = der.sequence(der.integer(r), der.integer(ORDER - s))
  const algorithm = der.sequence(der.oid('1.2.840.10045.4.3.2'))
  return der.sequence(tbs, algorithm, der.bitString(twin))
}

describe('issuerAndSerialNumber() allows exactly one certificate (RFC 5652 10.2.4)', () => {
  const identity = identityWith({ subject: 'alice', serialNumber: 0x8001n })

  test('by the signed issuer and number, however the number is written', () => {
    for (const serial of ['8001', '008001', '80:01', identity.serialNumber.toUpperCase()]) {
      expect(judged(identity, issuerAndSerialNumber(identity.issuer, serial))).toBe('allowed')
    }
    expect(judged(identity, issuerAndSerialNumber(identity.issuer, '8002'))).toBe('ERR_POLICY_REFUSED')
    expect(judged(identity, issuerAndSerialNumber('CN=Somebody else', '8001'))).toBe('ERR_POLICY_REFUSED')
  })

  test('and refuses at construction what is no name or no number', () => {
    expect(thrownBy(() => issuerAndSerialNumber('', '1'))).toMatch('ERR_CONFIG_EMPTY_RULE issuerAndSerialNumber(): ')
    for (const serial of ['', 'xyz', '0x12', ' 1', '1 ', '1g', undefined, null, 1, 1n, ['1']]) {
      expect(thrownBy(() => issuerAndSerialNumber('CN=a', serial as string))).toMatch(
        /^ERR_CONFIG_VALUE issuerAndSerialNumber\(\): is .* `openssl x509 -noout -serial`/,
      )
    }
  })
})

describe('a certificate is kept out by what its holder cannot change', () => {
  test('not(fingerprint()) is refused, however deep: an ECDSA signature has a second valid form', () => {
    const rule = fingerprint('ab'.repeat(32))
    for (const denied of [rule, anyOf(rule, dns('a')), allOf(dns('a'), anyOf(dns('b'), rule))]) {
      expect(thrownBy(() => not(denied))).toMatch(
        /^ERR_CONFIG_VALUE not\(\): .*fingerprint\(abab.* can be evaded by the holder\. .*issuerAndSerialNumber\(\)/,
      )
    }
    expect(not(dns('a'))).toHaveProperty('text', 'not(dns(a))')
  })

  test('not(issuerAndSerialNumber()) keeps out the twin as well', async () => {
    const root = createAuthority({ subject: 'Root', key: 'p256' })
    const [fired, hired] = [root.issue('fired'), root.issue('hired')]
    const serial = Buffer.from(parsedSerial(fired.certificate.der)).toString('hex')
    const verdictUnder = async (allow: Rule, certificate: Uint8Array) => {
      const authenticator = createAuthenticator({
        trust: { pem: root.certificate.pem },
        allow,
        clock: () => DEFAULT_CLOCK,
      })
      const decision = await authenticator.verify({ der: certificate })
      authenticator.close()
      return 'failure' in decision ? decision.failure.code : decision.outcome
    }
    const rule = not(issuerAndSerialNumber('CN=Root', serial))
    const twin = twinOf(fired.certificate.der)
    expect(Buffer.compare(twin, fired.certificate.der)).not.toBe(0)
    expect(await verdictUnder(dns('nobody'), twin)).toBe('ERR_POLICY_REFUSED') // The twin is a valid certificate.
    expect(await verdictUnder(rule, fired.certificate.der)).toBe('ERR_POLICY_REFUSED')
    expect(await verdictUnder(rule, twin)).toBe('ERR_POLICY_REFUSED')
    expect(await verdictUnder(rule, hired.certificate.der)).toBe('accepted')
  })
})

function parsedSerial(certificate: Uint8Array): Uint8Array {
  const parsed = parseCertificate(certificate)
  return parsed.ok ? parsed.value.serialNumber : new Uint8Array()
}
