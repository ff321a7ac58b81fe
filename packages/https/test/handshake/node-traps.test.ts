/** What Node's own TLS makes of trust and CRLs, asserted on bare servers, and beside it the same under `refuseInHandshake`. */
import { randomBytes } from 'node:crypto'
import type { SecureVersion } from 'node:tls'
import { crlSigner } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { refuseInHandshake } from '../../src/index.ts'
import {
  authorityOf,
  bareServer,
  crlOf,
  guardedServer,
  identity,
  inHours,
  isOpenssl30,
  knock,
  listen,
  NODE_MAJOR,
  outcomesOf,
} from './knocking.ts'

const root = authorityOf('Root')
const issuing = root.intermediate('Issuing')
const good = issuing.issue('good')
const revoked = issuing.issue('revoked')
const ca = [root.certificate.pem, issuing.certificate.pem]
const trust = { pem: ca.join('') }
const ofRoot = crlOf(root)
const ofIssuing = crlOf(issuing, [revoked])

/** What a guarded server under the helper answers, with these CRLs. */
async function underHelper(crls: readonly string[], leaves = [good, revoked]): Promise<readonly (number | 'closed')[]> {
  const server = guardedServer({ trust, revocation: { crls: { pem: crls.join('') } } })
  refuseInHandshake(server, server.clientCertAuthenticator, identity)
  return outcomesOf(await listen(server), leaves)
}

const bare = async (options: object): Promise<readonly [readonly (number | 'closed')[], readonly string[]]> => {
  const { port, reasons } = await bareServer({ ca, ...options })
  return [await outcomesOf(port, [good, revoked]), reasons]
}

describe('of one buffer with several CRLs', () => {
  test('Node loads the first, so that the chain is refused, before 26; as an array they count', async () => {
    const both = ['UNABLE_TO_GET_CRL', 'UNABLE_TO_GET_CRL']
    const asArray = [[200, 'closed'], ['CERT_REVOKED']]
    expect(await bare({ crl: ofRoot + ofIssuing })).toEqual(NODE_MAJOR < 26 ? [['closed', 'closed'], both] : asArray)
    expect(await bare({ crl: [ofRoot, ofIssuing] })).toEqual(asArray)
  })

  test('the helper gives each by itself', async () => {
    expect(await underHelper([ofRoot, ofIssuing])).toEqual([200, 'closed'])
  })
})

describe('an authority of the chain without a CRL', () => {
  test.each([
    ['the issuing one', [ofRoot]],
    ['the root', [ofIssuing]],
  ])('makes Node refuse everybody below it: %s', async (_, crl) => {
    const [outcomes, reasons] = await bare({ crl })
    expect(outcomes).toEqual(['closed', 'closed'])
    expect(reasons).toEqual(['UNABLE_TO_GET_CRL', 'UNABLE_TO_GET_CRL'])
  })

  test('and where no CRL is left at all, Node lets everybody in: an empty list switches the check off', async () => {
    expect(await bare({ crl: [] })).toEqual([[200, 200], []])
  })

  test.each([
    ['of the issuing one', [ofRoot], /^authenticator: CN=Issuing has no CRL \(no CRL at hand is of its name\)/],
    ['of the root', [ofIssuing], /^authenticator: CN=Root has no CRL/],
  ])('keeps the helper from starting, by its name: %s', async (_, crls, message) => {
    await expect(underHelper(crls)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_CRL_MISSING', message: expect.stringMatching(message) as string }),
    )
  })
})

describe('a CRL that is out of date, or not in force yet', () => {
  const stale = crlOf(issuing, [revoked], { thisUpdate: inHours(-3), nextUpdate: inHours(-1) })
  const early = crlOf(issuing, [revoked], { thisUpdate: inHours(1) })

  test('makes Node refuse good clients', async () => {
    expect((await bare({ crl: [ofRoot, stale] }))[1]).toContain('CRL_HAS_EXPIRED')
    expect((await bare({ crl: [ofRoot, stale] }))[0]).toEqual(['closed', 'closed'])
    expect((await bare({ crl: [ofRoot, early] }))[1]).toContain('CRL_NOT_YET_VALID')
  })

  test.each([
    ['is out of date since', stale],
    ['is not in force before', early],
    ['does not say until when it holds', crlOf(issuing, [], { nextUpdate: null })],
  ])('keeps the helper from starting, and it says why: %s', async (why, crl) => {
    await expect(underHelper([ofRoot, crl])).rejects.toThrow(why)
  })

  test('is left out by the helper where there is one in force', async () => {
    expect(await underHelper([ofRoot, stale, ofIssuing, early])).toEqual([200, 'closed'])
  })
})

describe('a delta CRL (RFC 5280 5.2.4)', () => {
  const base = crlOf(issuing, [revoked], { thisUpdate: inHours(-2), number: 1 })
  const delta = crlOf(issuing, [], { baseCrlNumber: 1, number: 2 })

  test('stands for a complete one where OpenSSL is 3.0: alone and beside its base it lets in whom that revoked', async () => {
    const outcome = isOpenssl30 ? 200 : 'closed'
    expect((await bare({ crl: [ofRoot, delta] }))[0]).toEqual([outcome, outcome])
    expect((await bare({ crl: [ofRoot, base, delta] }))[0]).toEqual([200, outcome])
  })

  test('is left out of the handshake, and counts behind it', async () => {
    await expect(underHelper([ofRoot, delta])).rejects.toThrow('is a delta CRL')
    expect(await underHelper([ofRoot, base, delta])).toEqual([200, 'closed'])
    const revoking = crlOf(issuing, [good], { baseCrlNumber: 1, number: 2 })
    expect(await underHelper([ofRoot, base, revoking])).toEqual([401, 'closed'])
  })
})

describe('what OpenSSL does not take without its extended support', () => {
  const signer = crlSigner(issuing)
  test.each([
    ['an indirect CRL', crlOf(issuing, [], { issuingDistributionPoint: { indirect: true } }), 'is an indirect CRL'],
    [
      'some reasons only',
      crlOf(issuing, [], { issuingDistributionPoint: { onlySomeReasons: ['keyCompromise'] } }),
      'some reasons',
    ],
    ['a separate signer', crlOf(signer), 'is signed with no key by which its name issues certificates here'],
  ])('refuses everybody on Node, and keeps the helper from starting: %s', async (_, crl, why) => {
    const [outcomes, reasons] = await bare({ ca: [...ca, signer.certificate.pem], crl: [ofRoot, crl] })
    expect(outcomes).toEqual(['closed', 'closed'])
    expect(reasons).toEqual(['UNABLE_TO_GET_CRL', 'UNABLE_TO_GET_CRL'])
    await expect(underHelper([ofRoot, crl])).rejects.toThrow(why)
  })

  test('a critical extension that nobody knows', async () => {
    const crl = crlOf(issuing, [], { extensions: [{ oid: '1.2.3.4', critical: true, value: Uint8Array.of(5, 0) }] })
    expect((await bare({ crl: [ofRoot, crl] }))[0]).toEqual(['closed', 'closed'])
    await expect(underHelper([ofRoot, crl])).rejects.toThrow('has the critical extension 1.2.3.4')
  })

  test('beside a complete CRL they are left out, and still count behind the handshake', async () => {
    const separate = crlOf(signer, [good])
    const server = guardedServer({
      trust: { pem: trust.pem + signer.certificate.pem },
      revocation: { crls: { pem: ofRoot + ofIssuing + separate } },
    })
    refuseInHandshake(server, server.clientCertAuthenticator, identity)
    expect(await outcomesOf(await listen(server), [revoked])).toEqual(['closed'])
    expect(
      server.clientCertAuthenticator.handshakeMaterial({ at: new Date(), maxCrlBytes: 1_000_000 })?.crl,
    ).toHaveLength(2)
  })

  test("a root whose CRL is for user certificates only: OpenSSL asks about the root's own", async () => {
    const users = crlOf(root, [], { issuingDistributionPoint: { onlyContains: ['user-certificates'] } })
    expect((await bare({ crl: [users, ofIssuing] }))[0]).toEqual(['closed', 'closed'])
    await expect(underHelper([users, ofIssuing])).rejects.toThrow(
      /CN=Root has no CRL \(its CRLs are for user certificates/,
    )
  })
})

describe.each<SecureVersion>(['TLSv1.2', 'TLSv1.3'])('a %s session from before a change', (version) => {
  const tls = { minVersion: version, maxVersion: version } as const

  test('is resumed past it where ticketKeys are given, on Node', async () => {
    const ticketKeys = randomBytes(48)
    const { server, port } = await bareServer({ ca, ticketKeys, ...tls })
    const { session, outcome } = await knock(port, good)
    expect(outcome).toBe(200)
    // Not given again, and still in use: they stay on the server.
    server.setSecureContext({ ...identity, ...tls, ca, crl: [ofRoot, crlOf(issuing, [good])] })
    expect(await knock(port, good)).toMatchObject({ outcome: 'closed' })
    expect(await knock(port, good, { session })).toMatchObject({ outcome: 200, isResumed: true })
    server.setSecureContext({ ...identity, ...tls, ca: authorityOf('Another').certificate.pem })
    expect(await knock(port, good, { session })).toMatchObject({ outcome: 200, isResumed: true })
  })

  test('is not resumed under the helper, whatever keys the server was made with, nor where they are put back', async () => {
    const ticketKeys = randomBytes(48)
    const server = guardedServer({ trust, revocation: { crls: { pem: ofRoot + ofIssuing } } }, { ...tls, ticketKeys })
    const port = await listen(server)
    const before = await knock(port, good)
    expect(before.outcome).toBe(200)
    refuseInHandshake(server, server.clientCertAuthenticator, { ...identity, ...tls })
    expect(await knock(port, good, { session: before.session ?? Buffer.of() })).toMatchObject({
      outcome: 200,
      isResumed: false,
    })
    server.setTicketKeys(ticketKeys)
    expect(await knock(port, good, { session: before.session ?? Buffer.of() })).toMatchObject({
      outcome: 200,
      isResumed: false,
    })
    const within = await knock(port, good)
    expect(await knock(port, good, { session: within.session ?? Buffer.of() })).toMatchObject({
      outcome: 200,
      isResumed: true,
    })
    // A context of the same trust is another one as well.
    server.setSecureContext({ ...identity, ...tls })
    server.setTicketKeys(ticketKeys)
    expect(await knock(port, good, { session: within.session ?? Buffer.of() })).toMatchObject({
      outcome: 200,
      isResumed: false,
    })
  })
})

describe('the context of another host', () => {
  test('of addContext keeps the trust that it was made with, on Node', async () => {
    const { server, port } = await bareServer({ ca })
    server.addContext('localhost', { ...identity, ca })
    server.setSecureContext({ ...identity, ca, crl: [ofRoot, crlOf(issuing, [good])] })
    expect(await knock(port, good, { servername: 'other.example' })).toMatchObject({ outcome: 'closed' })
    expect(await knock(port, good, { servername: 'localhost' })).toMatchObject({ outcome: 200 })
  })

  test('is refused by the helper, before and after', () => {
    const wrong = expect.objectContaining({
      code: 'ERR_CONFIG_SERVER',
      message: expect.stringContaining('contextFor(tls)') as string,
    }) as Error
    const server = guardedServer({ trust, revocation: { crls: { pem: ofRoot + ofIssuing } } })
    const refusal = refuseInHandshake(server, server.clientCertAuthenticator, identity)
    expect(() => server.addContext('a.example', identity)).toThrow(wrong)
    refusal.close() // The server goes on to refuse, and that context would trust every public authority.
    expect(() => server.addContext('a.example', identity)).toThrow(wrong)
    const other = guardedServer({ trust, revocation: { crls: { pem: ofRoot + ofIssuing } } })
    other.addContext('a.example', identity)
    expect(() => refuseInHandshake(other, other.clientCertAuthenticator, identity)).toThrow(wrong)
    other.clientCertAuthenticator.close()
    server.clientCertAuthenticator.close()
  })
})

test('a server forgets what setSecureContext is not given again: its protocol on Node; under the helper it has to be given', async () => {
  const { server, port } = await bareServer({ ca, maxVersion: 'TLSv1.2' })
  await expect(knock(port, good, { minVersion: 'TLSv1.3' })).resolves.toMatchObject({ outcome: 'closed' })
  server.setSecureContext({ ...identity, ca })
  expect((await knock(port, good, { minVersion: 'TLSv1.3' })).outcome).toBe(200)

  const guarded = guardedServer({ trust, revocation: { crls: { pem: ofRoot + ofIssuing } } }, { maxVersion: 'TLSv1.2' })
  const authenticator = guarded.clientCertAuthenticator
  expect(() => refuseInHandshake(guarded, authenticator, identity)).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG_MISSING', option: 'tls.maxVersion' }),
  )
  authenticator.close()
})

test('an intermediate as an anchor ends no path on Node, and keeps the helper from starting; with its root beside it, it does', async () => {
  const [outcomes, reasons] = await bare({ ca: [issuing.certificate.pem] })
  expect([outcomes, reasons[0]]).toEqual([['closed', 'closed'], 'UNABLE_TO_GET_ISSUER_CERT'])
  const revocation = { crls: { pem: ofRoot + ofIssuing } }
  const partial = { pem: issuing.certificate.pem, partialChain: true }
  const alone = guardedServer({ trust: partial, revocation })
  expect(() => refuseInHandshake(alone, alone.clientCertAuthenticator, identity)).toThrow(
    expect.objectContaining({
      code: 'ERR_CONFIG_NO_ANCHOR',
      message: expect.stringMatching(/CN=Issuing ends no path/) as string,
    }),
  )
  alone.clientCertAuthenticator.close()
  const both = guardedServer({ trust: [partial, { pem: root.certificate.pem }], revocation })
  refuseInHandshake(both, both.clientCertAuthenticator, identity)
  expect(await outcomesOf(await listen(both), [good, revoked])).toEqual([200, 'closed'])
})
