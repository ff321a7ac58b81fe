/** Whether who signs a CRL or an answer is revoked himself. */
import {
  type Authority,
  answerOcspRequest,
  createAuthority,
  crlSigner,
  DEFAULT_CLOCK,
  extension,
  issueResponder,
  mintCrl,
  type RevocationServer,
  startRevocationServer,
} from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAuthenticator } from '../../src/index.ts'

const root = createAuthority('Clients CA')

/** Asks what certificates name, on this server, and takes no answer for a refusal. */
function strictly(anchor: Authority, { port }: RevocationServer, follow: readonly ('ocsp' | 'crl')[]) {
  const authenticator = createAuthenticator({
    trust: { pem: anchor.certificate.pem },
    clock: () => DEFAULT_CLOCK,
    revocation: {
      mode: 'strict',
      follow,
      fetch: { hosts: ['127.0.0.1'], addresses: ['127.0.0.1'], ports: [port] },
    },
  })
  onTestFinished(() => authenticator.close())
  return authenticator
}

test('an authority that is asked about cannot be vouched for by a CRL signer of its own make', async () => {
  const server = await startRevocationServer()
  onTestFinished(() => server.close())
  const top = createAuthority('Top CA')
  const taken = top.intermediate({ subject: 'Taken CA', crlDistributionPoints: [server.url('/top.crl')] })
  // Below the authority that was taken over, in the name of the one above.
  const impostor = taken.intermediate({ subject: top.name, crlDistributionPoints: [server.url('/taken.crl')] })
  const leaf = taken.issue({ subject: 'mallory', crlDistributionPoints: [server.url('/taken.crl')] })
  server.publish('/taken.crl', mintCrl(taken).der)
  const ask = async (crl: Uint8Array) => {
    server.publish('/top.crl', crl)
    const authenticator = strictly(top, server, ['crl'])
    return authenticator.verify({ pem: leaf.fullChainPem + impostor.certificate.pem })
  }
  expect(await ask(mintCrl(top).der)).toMatchObject({ outcome: 'accepted' })
  expect(await ask(mintCrl(impostor).der)).toMatchObject({
    failure: {
      code: 'ERR_REVOCATION_UNAVAILABLE',
      certificate: { position: 1 },
      tried: [{ because: 'wrong-signer' }],
    },
  })
})

test('an authority cannot be vouched for by another below the same anchor, that has certified a signer of its name', async () => {
  const server = await startRevocationServer()
  onTestFinished(() => server.close())
  const pointer = (path: string) => ({ crlDistributionPoints: [server.url(path)] })
  const top = createAuthority('Top CA')
  const issuing = top.intermediate({ subject: 'Issuing CA', ...pointer('/top.crl') })
  // It may issue certificates for one domain and certify no authority, and calls an end entity of its own what it likes.
  const partner = top.intermediate({
    subject: 'Partner CA',
    basicConstraints: { ca: true, pathLen: 0 },
    extensions: [extension.nameConstraints({ permitted: { dns: ['partner.example'] } })],
    ...pointer('/top.crl'),
  })
  const [own, foreign] = [issuing, partner].map((authority) =>
    crlSigner(authority, {
      subject: 'Issuing CA',
      ...pointer(authority === partner ? '/partner.crl' : '/issuing.crl'),
    }),
  )
  const leaf = issuing.issue({ subject: 'mallory', ...pointer('/issuing.crl') })
  server.publish('/top.crl', mintCrl(top).der)
  server.publish('/partner.crl', mintCrl(partner).der)
  const ask = async (signer: typeof own, entries: readonly (typeof leaf)[]) => {
    if (signer) server.publish('/issuing.crl', mintCrl(signer, { entries }).der)
    const authenticator = strictly(top, server, ['crl'])
    const signers = [own, foreign, partner].map((each) => each?.certificate.pem ?? '').join('')
    return authenticator.verify({ pem: leaf.fullChainPem + signers })
  }
  expect(await ask(own, [])).toMatchObject({ outcome: 'accepted', revocation: { status: 'good' } })
  expect(await ask(own, [leaf])).toMatchObject({ failure: { code: 'ERR_REVOCATION_REVOKED' } })
  for (const entries of [[], [leaf]]) {
    expect(await ask(foreign, entries)).toMatchObject({
      failure: { code: 'ERR_REVOCATION_UNAVAILABLE', tried: [{ because: 'wrong-signer' }] },
    })
  }
})

describe('a delegated responder without id-pkix-ocsp-nocheck is asked about (RFC 6960 4.2.2.2.1)', () => {
  async function ask(pointers: (url: (path: string) => string) => Partial<Parameters<typeof root.issue>[0] & object>) {
    const signers: ReturnType<typeof issueResponder>[] = []
    const server = await startRevocationServer({
      ocsp: {
        '/ocsp': (request) => {
          const [signer] = signers
          return answerOcspRequest(request, { issuer: root, ...(signer && { signer }) })
        },
      },
    })
    onTestFinished(() => server.close())
    const signer = issueResponder(root, { extensions: [], ...pointers(server.url) })
    signers.push(signer)
    server.publish('/good.crl', mintCrl(root).der)
    server.publish('/revoking.crl', mintCrl(root, { entries: [signer] }).der)
    const leaf = root.issue({ subject: 'alice', authorityInfoAccess: { ocsp: [server.url('/ocsp')] } })
    const authenticator = strictly(root, server, ['ocsp', 'crl'])
    const decision = await authenticator.verify({ pem: leaf.fullChainPem })
    if (decision.outcome === 'accepted') return 'accepted'
    return 'failure' in decision && 'tried' in decision.failure
      ? decision.failure.tried.map(({ because }) => because)
      : []
  }

  test('and counts where its CRL vouches for it', async () => {
    expect(await ask((url) => ({ crlDistributionPoints: [url('/good.crl')] }))).toBe('accepted')
  })

  test('and counts for nothing where its CRL revokes it', async () => {
    expect(await ask((url) => ({ crlDistributionPoints: [url('/revoking.crl')] }))).toEqual(['wrong-signer'])
  })

  test('and says nothing good where nobody vouches for it', async () => {
    expect(await ask(() => ({}))).toEqual(['signer-status-unknown'])
  })

  test('and does not vouch for itself: whoever took its key would', async () => {
    expect(await ask((url) => ({ authorityInfoAccess: { ocsp: [url('/ocsp')] } }))).toEqual(['signer-status-unknown'])
  })
})

describe('who signs is asked about as well, and that has an end', () => {
  const asking = (port: number, timeoutMs: number, pem = root.certificate.pem) => {
    const authenticator = createAuthenticator({
      trust: { pem },
      clock: () => DEFAULT_CLOCK,
      revocation: {
        follow: ['ocsp', 'crl'],
        fetch: { hosts: ['127.0.0.1'], addresses: ['127.0.0.1'], ports: [port], timeoutMs },
      },
    })
    onTestFinished(() => authenticator.close())
    return authenticator
  }

  test('a responder that has itself vouched for by a new one each time is asked a few times, and not for ever', async () => {
    const server = await startRevocationServer({
      ocsp: {
        '/ocsp': (request) => {
          const signer = issueResponder(root, { extensions: [], authorityInfoAccess: { ocsp: [server.url('/ocsp')] } })
          return answerOcspRequest(request, { issuer: root, signer })
        },
      },
    })
    onTestFinished(() => server.close())
    const leaf = root.issue({ subject: 'mallory', authorityInfoAccess: { ocsp: [server.url('/ocsp')] } })
    const decision = await asking(server.port, 30_000).verify({ pem: leaf.fullChainPem })
    expect(decision).toMatchObject({ outcome: 'accepted', revocation: { status: 'unanswered' } })
    const asked = server.count('/ocsp')
    expect(asked).toBeLessThanOrEqual(4)
    await new Promise((resolve) => setTimeout(resolve, 200))
    expect(server.count('/ocsp')).toBe(asked)
  })

  test('the list of a separate signer whose own certificate names that list is not waited for by itself', async () => {
    const server = await startRevocationServer()
    onTestFinished(() => server.close())
    const pointer = { crlDistributionPoints: [server.url('/clients.crl')] }
    const signer = crlSigner(root, pointer)
    const [alice, mallory] = [
      root.issue({ subject: 'alice', ...pointer }),
      root.issue({ subject: 'mallory', ...pointer }),
    ]
    server.publish('/clients.crl', mintCrl(signer, { entries: [mallory] }).der)
    const trust = root.certificate.pem + signer.certificate.pem
    // Each the first that is decided: nothing is in memory, and nothing may take the time that a decision has.
    const authenticator = asking(server.port, 30_000, trust)
    expect(await authenticator.verify({ pem: mallory.fullChainPem })).toMatchObject({
      failure: { code: 'ERR_REVOCATION_REVOKED' },
    })
    expect(await asking(server.port, 30_000, trust).verify({ pem: alice.fullChainPem })).toMatchObject({
      outcome: 'accepted',
      revocation: { status: 'good' },
    })
  })
})
