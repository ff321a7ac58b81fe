/** In which order sources are asked, and what they mean together. */
import {
  answerOcspRequest,
  createAuthority,
  DEFAULT_CLOCK,
  issueResponder,
  mintCrl,
  type OcspStatus,
  startRevocationServer,
} from '@clientcert/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { createAuthenticator, type RevocationOptions } from '../../src/index.ts'

const DAY_MS = 86_400_000

/**
 * A client whose certificate names a responder and a distribution point.
 *
 * @param thisUpdate - Of every answer of the responder. Default: the time at which it is asked.
 */
async function createClient(options: Partial<Parameters<typeof root.issue>[0] & object> = {}, thisUpdate?: Date) {
  const said = { ocsp: 'good' as OcspStatus, now: DEFAULT_CLOCK }
  const responder = issueResponder(root)
  const server = await startRevocationServer({
    ocsp: {
      '/ocsp': (request) =>
        answerOcspRequest(request, {
          issuer: root,
          signer: responder,
          statusOf: () => said.ocsp,
          thisUpdate: thisUpdate ?? said.now,
        }),
    },
  })
  onTestFinished(() => server.close())
  const leaf = root.issue({
    subject: 'alice',
    authorityInfoAccess: { ocsp: [server.url('/ocsp')] },
    crlDistributionPoints: [server.url('/clients.crl')],
    ...options,
  })
  const crl = (revoked: 'nobody' | 'alice', number = 1) =>
    mintCrl(root, {
      number,
      thisUpdate: new Date(DEFAULT_CLOCK.getTime() - DAY_MS + number * 60_000),
      entries: revoked === 'alice' ? [leaf] : [],
    }).der
  server.publish('/clients.crl', crl('nobody'))
  const authenticator = (revocation: RevocationOptions) => {
    const made = createAuthenticator({
      trust: { pem: root.certificate.pem },
      clock: () => said.now,
      revocation: {
        ...revocation,
        ...(revocation.follow && {
          fetch: { hosts: ['127.0.0.1'], addresses: ['127.0.0.1'], ports: [server.port], timeoutMs: 1_000 },
        }),
      },
    })
    onTestFinished(() => made.close())
    return {
      ...made,
      /** What comes of the client: who vouched for it, or the code that refused it. */
      ask: async (): Promise<string> => {
        const decision = await made.verify({ pem: leaf.fullChainPem })
        if (decision.outcome === 'rejected') return decision.failure.code
        if (decision.outcome !== 'accepted') return decision.outcome
        const [report] = decision.revocation.certificates
        return report?.status === 'good' ? (report.source ?? '').replace(/ http.*\//, ' ') : (report?.status ?? '')
      },
    }
  }
  return { server, leaf, said, crl, authenticator }
}

const root = createAuthority('Clients CA')

test('a distribution point has one CRL, at most four: each costs a signature, and its publisher is not ours', async () => {
  const { authenticator, server } = await createClient()
  const { pem } = mintCrl(root)
  server.publish('/clients.crl', Buffer.from(pem.repeat(4)))
  expect(await authenticator({ mode: 'strict', follow: ['crl'] }).ask()).toBe('the CRL clients.crl, CRL 1')
  server.publish('/clients.crl', Buffer.from(pem.repeat(5)))
  expect(await authenticator({ mode: 'strict', follow: ['crl'] }).ask()).toBe('ERR_REVOCATION_UNAVAILABLE')
})

describe('sources are asked in the order of `follow`', () => {
  test.each([
    [['ocsp', 'crl'], 'the responder ocsp', { '/ocsp': 1, '/clients.crl': 0 }],
    [['crl', 'ocsp'], 'the CRL clients.crl', { '/ocsp': 0, '/clients.crl': 1 }],
    [['crl'], 'the CRL clients.crl', { '/ocsp': 0, '/clients.crl': 1 }],
  ] as const)('%j: %s, and the rest is not asked', async (follow, source, counts) => {
    const { authenticator, server } = await createClient()
    expect(await authenticator({ follow }).ask()).toBe(source)
    expect(Object.fromEntries(Object.keys(counts).map((path) => [path, server.count(path)]))).toEqual(counts)
  })

  test('what is at hand comes first: a CRL there that says good spares the network', async () => {
    const { authenticator, server, crl } = await createClient()
    expect(await authenticator({ crls: { der: crl('nobody') }, follow: ['ocsp'] }).ask()).toMatch(/^the CRL/)
    expect(server.received).toEqual([])
  })

  test('a CRL at hand that revokes wins over a responder that says good', async () => {
    const { authenticator, crl } = await createClient()
    expect(await authenticator({ crls: { der: crl('alice') }, follow: ['ocsp'] }).ask()).toBe('ERR_REVOCATION_REVOKED')
  })

  test('a CRL of somebody else at hand leaves the question to those who are asked', async () => {
    const { authenticator } = await createClient()
    const { der } = mintCrl(createAuthority('Another CA'))
    expect(await authenticator({ crls: { der }, follow: ['ocsp'] }).ask()).toBe('the responder ocsp')
  })
})

describe('where one gives no answer, the next is asked', () => {
  test.each(['next-source', 'none'] as const)('unless `fallback` says none: %s', async (fallback) => {
    const { authenticator, server, crl } = await createClient()
    server.setFault({ kind: 'status', status: 500 }, '/ocsp')
    server.publish('/clients.crl', crl('alice'))
    const outcome = await authenticator({ follow: ['ocsp', 'crl'], fallback }).ask()
    expect(outcome).toBe(fallback === 'none' ? 'unanswered' : 'ERR_REVOCATION_REVOKED')
  })

  test("`unknown` is followed by the next, and its 'good' counts (RFC 6960 2.2: the responder does not know)", async () => {
    const { authenticator, said } = await createClient()
    said.ocsp = 'unknown'
    expect(await authenticator({ follow: ['ocsp', 'crl'], mode: 'strict' }).ask()).toBe('the CRL clients.crl')
  })

  test.each(['ignore-ca-error', 'strict'] as const)('`unknown` refuses where nobody knows better: %s', async (mode) => {
    const { authenticator, said, server } = await createClient()
    said.ocsp = 'unknown'
    server.setFault({ kind: 'status', status: 500 }, '/clients.crl')
    expect(await authenticator({ follow: ['ocsp', 'crl'], mode }).ask()).toBe('ERR_REVOCATION_UNKNOWN')
  })
})

describe("'revoked' always wins (Kong 3.4 let it go unheard under IGNORE_CA_ERROR)", () => {
  test('over a responder that says good, where the CRL was fetched before', async () => {
    const { authenticator, said, server, crl } = await createClient()
    server.publish('/clients.crl', crl('alice'))
    const { ask } = authenticator({ follow: ['ocsp', 'crl'] })
    server.setFault({ kind: 'status', status: 500 }, '/ocsp')
    expect(await ask()).toBe('ERR_REVOCATION_REVOKED')
    server.setFault(null, '/ocsp')
    said.ocsp = 'good'
    expect(await ask()).toBe('ERR_REVOCATION_REVOKED')
  })

  test('over a responder that says good, where the list in memory was fetched for somebody else', async () => {
    const { authenticator, server, crl } = await createClient()
    const bob = root.issue({ subject: 'bob', crlDistributionPoints: [server.url('/clients.crl')] })
    server.publish('/clients.crl', crl('alice'))
    const { ask, verify } = authenticator({ follow: ['ocsp', 'crl'] })
    expect(await ask()).toBe('the responder ocsp')
    expect(await verify({ pem: bob.fullChainPem })).toMatchObject({ outcome: 'accepted' })
    expect(await ask()).toBe('ERR_REVOCATION_REVOKED')
  })

  test('over a source that is blocked after it was seen, until the process ends', async () => {
    const { authenticator, said, server } = await createClient()
    const { ask } = authenticator({ follow: ['ocsp'] })
    said.ocsp = { reason: 'keyCompromise' }
    expect(await ask()).toBe('ERR_REVOCATION_REVOKED')
    server.setFault({ kind: 'reset' })
    said.now = new Date(DEFAULT_CLOCK.getTime() + 9 * DAY_MS)
    expect(await ask()).toBe('ERR_REVOCATION_REVOKED')
  })

  test('a hold is not for ever (RFC 5280 5.3.1): when its answer is out of date, there is no answer', async () => {
    const { authenticator, said, server } = await createClient()
    const { ask } = authenticator({ follow: ['ocsp'] })
    said.ocsp = { reason: 'certificateHold' }
    expect(await ask()).toBe('ERR_REVOCATION_ON_HOLD')
    server.setFault({ kind: 'reset' })
    said.now = new Date(DEFAULT_CLOCK.getTime() + 9 * DAY_MS)
    expect(await ask()).toBe('unanswered')
  })
})

describe('a hold that was lifted', () => {
  test('is over as soon as its source says so, and not when the answer that told of it is out of date', async () => {
    const { authenticator, said } = await createClient()
    const { ask } = authenticator({ follow: ['ocsp'] })
    said.ocsp = { reason: 'certificateHold' }
    expect(await ask()).toBe('ERR_REVOCATION_ON_HOLD')
    said.ocsp = 'good'
    said.now = new Date(DEFAULT_CLOCK.getTime() + 10 * 60_000)
    await vi.waitFor(async () => expect(await ask()).toBe('the responder ocsp'))
  })

  test('is not lifted by a list that is older', async () => {
    const { authenticator, said, server, crl } = await createClient()
    const { ask } = authenticator({ follow: ['ocsp', 'crl'] })
    said.ocsp = { reason: 'certificateHold' }
    expect(await ask()).toBe('ERR_REVOCATION_ON_HOLD')
    server.publish('/clients.crl', crl('nobody'))
    server.setFault({ kind: 'reset' }, '/ocsp')
    said.now = new Date(DEFAULT_CLOCK.getTime() + 10 * 60_000)
    expect(await ask()).toBe('ERR_REVOCATION_ON_HOLD')
  })
})

test('an answer that says revoked with the times of the one that said good is told of at once', async () => {
  const { authenticator, said } = await createClient({}, DEFAULT_CLOCK)
  const { ask, onChange } = authenticator({ follow: ['ocsp'], refreshSeconds: 1 })
  expect(await ask()).toBe('the responder ocsp')
  const told: string[] = []
  onTestFinished(onChange(({ kind }) => void told.push(kind)))
  said.ocsp = { reason: 'keyCompromise' }
  said.now = new Date(said.now.getTime() + 10_000)
  expect(await ask()).toBe('ERR_REVOCATION_REVOKED')
  expect(told).toContain('revocation')
})

describe('exempt in strict mode', () => {
  test('is an end entity with noRevAvail (RFC 9608 section 4), and nobody is asked', async () => {
    const { authenticator, server } = await createClient({ noRevAvail: 'present' })
    expect(await authenticator({ mode: 'strict', follow: ['ocsp', 'crl'] }).ask()).toBe('exempt')
    expect(server.received).toEqual([])
  })

  test('but a CRL at hand that revokes it is heard', async () => {
    const { authenticator, crl } = await createClient({ noRevAvail: 'present' })
    const { ask } = authenticator({ mode: 'strict', crls: { der: crl('alice') } })
    expect(await ask()).toBe('ERR_REVOCATION_REVOKED')
  })
})

describe('CRLs at a URL that the operator names', () => {
  const from = (server: { url: (path: string) => string; port: number }): RevocationOptions => ({
    mode: 'strict',
    crls: { url: server.url('/clients.crl') },
    fetch: { addresses: ['127.0.0.1'], ports: [server.port], timeoutMs: 1_000 },
  })

  test('are fetched at start, from a host that need not be named again; until then the answer is 503', async () => {
    const { authenticator, server } = await createClient()
    const { ask, ready } = authenticator(from(server))
    expect(await ask()).toBe('ERR_TRUST_NOT_READY')
    await ready()
    expect(await ask()).toBe('the CRL clients.crl')
  })

  test('follow what is published: a reload hears of a revocation', async () => {
    const { authenticator, server, crl } = await createClient()
    const { ask, ready, reload } = authenticator(from(server))
    await ready()
    server.publish('/clients.crl', crl('alice', 2))
    expect(await ask()).toBe('the CRL clients.crl')
    await reload()
    expect(await ask()).toBe('ERR_REVOCATION_REVOKED')
  })

  test('that cannot be had are no answer, and the failure says so; the last good one serves where there is one', async () => {
    const { authenticator, server } = await createClient()
    server.setFault({ kind: 'status', status: 500 })
    const { ask, ready, reload, status } = authenticator(from(server))
    await ready()
    expect(await ask()).toBe('ERR_REVOCATION_UNAVAILABLE')
    expect(status().crlSources).toMatchObject([{ lastSuccess: null, error: expect.stringMatching(/500/) as unknown }])
    server.setFault(null)
    await reload()
    expect(await ask()).toBe('the CRL clients.crl')
    server.setFault({ kind: 'status', status: 500 })
    await reload()
    expect(await ask()).toBe('the CRL clients.crl')
  })
})
