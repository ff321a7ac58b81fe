import { createAuthenticator, type Decision, verifyCertificate } from '@clientcert/core'
import { broken, createAuthority, injectWithCertificate, type Leaf } from '@clientcert/testing'
import '@clientcert/testing/vitest'
import { createServer } from 'node:http'
import { describe, expect, test } from 'vitest'

const root = createAuthority()
const options = { trust: { pem: root.certificate.pem }, clock: () => root.at } as const

const decide = (leaf: Leaf) => verifyCertificate({ pem: leaf.fullChainPem }, options)

/** What is decided about a client without a certificate, over a connection that could carry none. */
async function decideAnonymous(): Promise<Decision> {
  const authenticator = createAuthenticator({ ...options, mode: 'optional' })
  const decisions: Decision[] = []
  const server = createServer((request, response) => {
    void authenticator.authenticate(request).then((decision) => {
      decisions.push(decision)
      response.end()
    })
  })
  await injectWithCertificate(server, null, '/')
  server.close()
  authenticator.close()
  const [decision] = decisions
  if (decision === undefined) throw new Error('nothing was decided')
  return decision
}

const accepted = await decide(root.intermediate().issue())
const rejected = await decide(broken.expired(root, { subject: 'alice' }))
const unverified = await verifyCertificate(
  { pem: broken.selfSigned().fullChainPem },
  { ...options, mode: 'optional-no-ca' },
)
const anonymous = await decideAnonymous()

describe('a matcher', () => {
  test('accepts the decision it names', () => {
    expect(accepted).toBeAccepted()
    expect(rejected).toBeRejectedWith('ERR_PATH_EXPIRED')
    expect(unverified).toBeUnverified()
    expect(unverified).toBeUnverified('ERR_PATH_SELF_SIGNED')
    expect(anonymous).toBeAnonymous()
  })

  test('refuses every other, whichever way it is asked', () => {
    for (const other of [rejected, unverified, anonymous]) {
      expect(other).not.toBeAccepted()
      expect(() => expect(other).toBeAccepted()).toThrow(/to be accepted, but it is/)
    }
    expect(rejected).not.toBeRejectedWith('ERR_PATH_NO_ANCHOR')
    expect(unverified).not.toBeUnverified('ERR_PATH_NO_ANCHOR')
    expect(accepted).not.toBeAnonymous()
    expect(() => expect(anonymous).not.toBeAnonymous()).toThrow(/not to be anonymous, but it is\n {2}anonymous/)
  })

  test('says what was expected, and explains what is', () => {
    expect(() => expect(rejected).toBeAccepted()).toThrow(
      /to be accepted, but it is\n {2}rejected: ERR_PATH_EXPIRED: [\s\S]*CN=alice[\s\S]*RFC 5280[\s\S]*to do: /,
    )
    expect(() => expect(rejected).toBeRejectedWith('ERR_PATH_NO_ANCHOR')).toThrow(
      /to be rejected with ERR_PATH_NO_ANCHOR, but it is\n {2}rejected: ERR_PATH_EXPIRED/,
    )
    expect(() => expect(anonymous).toBeUnverified()).toThrow(/to be unverified, but it is\n {2}anonymous/)
  })

  test('asks whether a promise was forgotten', async () => {
    expect(() => expect(Promise.resolve(anonymous)).toBeAnonymous()).toThrow(/was it awaited\?/)
    expect(() => expect(undefined).toBeAnonymous()).toThrow(/expected a decision/)
    await expect(Promise.resolve(anonymous)).resolves.toBeAnonymous()
  })
})
