import { X509Certificate } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import { fingerprint } from '../../src/policy/rules/fingerprint.ts'
import { identityWith } from '../identity/identity.ts'
import { judged, thrownBy } from './judged.ts'

describe('fingerprint() allows exactly one certificate', () => {
  const [alice, bob] = [identityWith({ subject: 'alice' }), identityWith({ subject: 'alice' })]
  const { fingerprint256, fingerprint: sha1, fingerprint512 } = new X509Certificate(alice.certificate.der)

  test('by SHA-256 as openssl and Node print it, and as this library does', () => {
    for (const text of [
      fingerprint256,
      fingerprint256.toLowerCase(),
      alice.fingerprint,
      alice.fingerprint.toUpperCase(),
    ]) {
      expect(judged(alice, fingerprint(text))).toBe('allowed')
      expect(judged(bob, fingerprint(text))).toBe('ERR_POLICY_REFUSED')
    }
  })

  test('and by nothing weaker, shorter or longer', () => {
    const wrong = [
      sha1,
      fingerprint512,
      '',
      alice.fingerprint.slice(1),
      `${alice.fingerprint}0`,
      ` ${alice.fingerprint}`,
    ]
    for (const value of [...wrong, `${alice.fingerprint}\n`, alice.thumbprint, undefined, 5, null]) {
      expect(thrownBy(() => fingerprint(value as string))).toMatch(
        /^ERR_CONFIG_VALUE fingerprint\(\): is .* `openssl x509 -noout -fingerprint -sha256`/,
      )
    }
  })
})
