import '@clientcert/testing/vitest'
import { broken, createAuthority, DEFAULT_CLOCK, type Leaf } from '@clientcert/testing'
import { beforeAll, describe, expect, test } from 'vitest'
import { admit } from '../src/admit.ts'
import type { Authentication } from '../src/decision.ts'
import { evidenceFailure } from '../src/evidence/failures.ts'
import { createAuthenticator, type Decision, dns, MODES, subject } from '../src/index.ts'

const root = createAuthority('Clients CA')
const other = createAuthority('Other CA')
const authenticator = createAuthenticator({
  trust: { pem: root.certificate.pem },
  clock: () => DEFAULT_CLOCK,
  mode: 'accept-unverified',
})

/** The authentication of whoever presents this chain. */
async function authenticationOf(pem: string): Promise<Authentication> {
  const decision = await authenticator.verify({ pem })
  if (decision.outcome === 'accepted') return { kind: 'verified', ...decision }
  if (decision.outcome === 'unverified') return { kind: 'refused', ...decision }
  throw new Error(`no authentication from ${decision.outcome}`)
}

/** What a mode makes of it: the outcome, with the reason of a refusal. */
function admitted(
  authentication: Authentication,
  mode: (typeof MODES)[number],
  allow = null as null | 'nobody',
): string {
  if (mode === 'off') return 'skipped' // Nothing is authenticated, so that there is nothing to admit.
  const decision = admit(authentication, { mode, allow: allow && dns(allow) })
  return decision.outcome === 'rejected' ? `rejected as ${decision.reason}` : decision.outcome
}

describe('the table of modes', () => {
  const none: Authentication = { kind: 'none', from: 'the test' }
  const failure = evidenceFailure('ERR_EVIDENCE_DUPLICATE_HEADER', { header: 'ssl-client-cert', times: 2 })
  const unusable: Authentication = { kind: 'unusable', failure }

  test.each([
    // mode, no certificate, unusable evidence
    ['required', 'rejected as required', 'rejected as rejected'],
    ['optional', 'anonymous', 'rejected as rejected'],
    ['optional-no-ca', 'anonymous', 'rejected as rejected'],
    ['accept-unverified', 'anonymous', 'rejected as rejected'],
  ] as const)('%s: no certificate is %s, unusable evidence %s', (mode, withNone, withUnusable) => {
    expect(admitted(none, mode)).toBe(withNone)
    expect(admitted(unusable, mode)).toBe(withUnusable)
  })

  test.each(MODES.filter((mode) => mode !== 'off'))(
    '%s accepts a verified client, and refuses one the rule refuses',
    async (mode) => {
      const verified = await authenticationOf(root.issue('alice').fullChainPem)
      expect(admitted(verified, mode)).toBe('accepted')
      expect(admitted(verified, mode, 'nobody')).toBe('rejected as forbidden')
    },
  )

  test('says who was forbidden, and gives nobody an identity otherwise', async () => {
    const verified = await authenticationOf(root.issue('alice').fullChainPem)
    const forbidden = admit(verified, { mode: 'optional', allow: subject('CN=bob') })
    expect(forbidden).toBeRejectedWith('ERR_POLICY_REFUSED')
    expect(forbidden).toMatchObject({ identity: { commonName: 'alice' } })
    const refused = await authenticationOf(other.issue('mallory').fullChainPem)
    for (const mode of ['required', 'optional', 'optional-no-ca', 'accept-unverified'] as const) {
      const decision = admit(refused, { mode, allow: null })
      expect('identity' in decision ? decision.identity : null).toBeNull()
    }
  })

  test('gives applications with a validation of their own what was presented, never an identity', async () => {
    const stranger = other.issue('mallory')
    const decision = admit(await authenticationOf(stranger.fullChainPem), {
      mode: 'accept-unverified',
      allow: dns('x'),
    })
    expect(decision).toBeUnverified('ERR_PATH_ISSUER_MISSING')
    expect(derOf(decision)).toBe(Buffer.from(stranger.certificate.der).toString('hex'))
    expect(decision).not.toHaveProperty('identity')
  })

  test('gives the octets alone where they cannot be parsed', async () => {
    const unreadable = broken.truncated(root.issue('alice'))
    const decision = admit(await authenticationOf(unreadable.fullChainPem), { mode: 'accept-unverified', allow: null })
    expect(decision).toBeUnverified('ERR_X509_MALFORMED')
    expect(decision).toMatchObject({ presented: { certificate: null } })
    expect(derOf(decision)).toBe(Buffer.from(unreadable.certificate.der).toString('hex'))
  })
})

const derOf = (decision: Decision): string =>
  decision.outcome === 'unverified' ? Buffer.from(decision.presented.der).toString('hex') : decision.outcome

/** A chain as it is sent, with its root. */
const withRoot = (leaf: Leaf, authority = other): string => leaf.fullChainPem + authority.certificate.pem

describe('a bad certificate', () => {
  test.each([
    ['of an authority nobody holds', other.issue().fullChainPem, 'ERR_PATH_ISSUER_MISSING'],
    ['self-signed', broken.selfSigned().fullChainPem, 'ERR_PATH_SELF_SIGNED'],
    ['with a root that is no anchor', withRoot(other.issue()), 'ERR_PATH_NO_ANCHOR'],
    ['below an intermediate of strangers', withRoot(other.intermediate().issue()), 'ERR_PATH_NO_ANCHOR'],
  ])('%s is passed on by optional-no-ca and accept-unverified alone', async (_, pem, code) => {
    const authentication = await authenticationOf(pem)
    expect(authentication).toMatchObject({ kind: 'refused', failure: { code } })
    expect(MODES.map((mode) => admitted(authentication, mode))).toEqual([
      'rejected as rejected',
      'rejected as rejected',
      'unverified',
      'unverified',
      'skipped',
    ])
  })

  const forger = broken.otherAuthority(root)

  test.each([
    ['expired', broken.expired(root).fullChainPem, 'ERR_PATH_EXPIRED'],
    ['expired, of strangers', broken.expired(other).fullChainPem, 'ERR_PATH_EXPIRED'],
    ['not valid yet, of strangers', broken.notYetValid(other).fullChainPem, 'ERR_PATH_NOT_YET_VALID'],
    ['good for servers only, of strangers', broken.wrongEku(other).fullChainPem, 'ERR_PATH_EXTENDED_KEY_USAGE'],
    ['with a key that may not sign, of strangers', broken.wrongKeyUsage(other).fullChainPem, 'ERR_PATH_KEY_USAGE'],
    [
      'with an unknown critical extension, of strangers',
      broken.unknownCriticalExtension(other).fullChainPem,
      'ERR_PATH_CRITICAL_EXTENSION',
    ],
    ['with a short key, of strangers', other.issue({ key: 'rsa1024' }).fullChainPem, 'ERR_SIGNATURES_RSA_SIZE'],
    [
      'signed over SHA-1, of strangers',
      createAuthority({ subject: 'Old CA', key: 'rsa2048', signature: 'rsa-pkcs1-sha1' }).issue({
        signature: 'rsa-pkcs1-sha1',
      }).fullChainPem,
      'ERR_SIGNATURES_SHA1',
    ],
    [
      'with two subjectAltNames, of strangers',
      broken.duplicateExtension(other).fullChainPem,
      'ERR_X509_EXTENSION_DUPLICATE',
    ],
    ['not DER', broken.longLength(other.issue()).fullChainPem, 'ERR_X509_MALFORMED'],
    ['with trailing octets', broken.trailingBytes(other.issue()).fullChainPem, 'ERR_X509_MALFORMED'],
    ['with a forged signature', broken.forgedSignature(root.issue()).fullChainPem, 'ERR_SIGNATURES_INVALID'],
    ['forged in the name of an anchor', forger.issue().fullChainPem, 'ERR_SIGNATURES_INVALID'],
    [
      'forged in the name of an anchor, its forger beside it',
      withRoot(forger.issue(), forger),
      'ERR_SIGNATURES_INVALID',
    ],
    ['below an authority that is none', broken.notAnAuthority(root).issue().fullChainPem, 'ERR_PATH_NOT_A_CA'],
    ['below an authority that may not sign', broken.withoutCertSign(root).issue().fullChainPem, 'ERR_PATH_KEY_USAGE'],
    ['below one authority too many', broken.pathTooLong(root).fullChainPem, 'ERR_PATH_LENGTH'],
  ])('%s is passed on by accept-unverified alone', async (_, pem, code) => {
    const authentication = await authenticationOf(pem)
    expect(authentication).toMatchObject({ kind: 'refused', failure: { code } })
    expect(MODES.map((mode) => admitted(authentication, mode))).toEqual([
      'rejected as rejected',
      'rejected as rejected',
      'rejected as rejected',
      'unverified',
      'skipped',
    ])
  })

  test('forged in the name of an anchor is refused by optional-no-ca also where the forger is vouched for by strangers', async () => {
    // Two candidates have the name: the forger, whose issuer is missing, and the anchor, whose key made no such signature.
    const vouched = other.crossSign(forger)
    const { certificate } = forger.issue()
    const authentication = await authenticationOf(certificate.pem + vouched.certificate.pem)
    expect(authentication).toMatchObject({ failure: { code: 'ERR_SIGNATURES_INVALID' } })
    expect(admitted(authentication, 'optional-no-ca')).toBe('rejected as rejected')
  })
  test('forged with name and key of an anchor is refused by optional-no-ca, alone and before a stranger of that name', async () => {
    const { certificate } = forger.crossSign(root)
    const vouched = other.crossSign(forger)
    for (const pem of [certificate.pem, certificate.pem + vouched.certificate.pem]) {
      const authentication = await authenticationOf(pem)
      expect(authentication).toMatchObject({ failure: { code: 'ERR_SIGNATURES_INVALID' } })
      expect(admitted(authentication, 'optional-no-ca')).toBe('rejected as rejected')
    }
    // The root's own certificate of the same key, issued again, is merely not the one that is held.
    expect(await authenticationOf(root.crossSign(root).certificate.pem)).toMatchObject({
      failure: { code: 'ERR_PATH_SELF_SIGNED' },
    })
  })
})

describe('an authentication', () => {
  let verified: Authentication
  beforeAll(async () => {
    verified = await authenticationOf(root.issue({ subject: 'alice', san: { dns: 'alice.example' } }).fullChainPem)
  })

  test('is admitted anew for each route, and changed by none', () => {
    const before = JSON.stringify(verified)
    expect(admit(verified, { mode: 'required', allow: dns('bob.example') })).toBeRejectedWith('ERR_POLICY_REFUSED')
    expect(admit(verified, { mode: 'required', allow: dns('alice.example') })).toBeAccepted()
    expect(JSON.stringify(verified)).toBe(before)
  })
})
