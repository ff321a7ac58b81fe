/** Which CRLs the handshake is given, shown by what OpenSSL then does with real clients. */
import type { Authority, Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type HandshakeRefusal, refuseInHandshake } from '../../src/index.ts'
import {
  authorityOf,
  crlOf,
  guardedServer,
  identity,
  inHours,
  listen,
  NODE_MAJOR,
  type Outcome,
  outcomesOf,
} from './knocking.ts'

const root = authorityOf('Root')

interface Tried {
  readonly outcomes: readonly Outcome[]
  readonly refusal: HandshakeRefusal
  readonly crls: number
}

async function tried(
  authorities: readonly Authority[],
  crls: readonly string[],
  leaves: readonly Leaf[],
  maxCrlBytes = 100_000,
): Promise<Tried> {
  const server = guardedServer({
    trust: { pem: authorities.map(({ certificate }) => certificate.pem).join('') },
    revocation: { crls: { pem: crls.join('') } },
  })
  const { clientCertAuthenticator: authenticator } = server
  const refusal = refuseInHandshake(server, authenticator, identity, { maxCrlBytes })
  const crl = authenticator.handshakeMaterial({ at: new Date(), maxCrlBytes })?.crl ?? []
  return { outcomes: await outcomesOf(await listen(server), leaves), refusal, crls: crl.length }
}

test('the newest of an authority alone', async () => {
  const [alice, bob] = [root.issue('alice'), root.issue('bob')]
  const old = crlOf(root, [alice], { thisUpdate: inHours(-5), number: 1 })
  const { outcomes, crls } = await tried([root], [old, crlOf(root, [bob], { number: 2 }), old], [alice, bob])
  expect({ outcomes, crls }).toEqual({ outcomes: [200, 'closed'], crls: 1 })
})

describe('two authorities of one name', () => {
  const again = authorityOf('Root')
  const [alice, bob] = [root.issue('alice'), again.issue('bob')]

  test('each by the CRL of its own key', async () => {
    const crls = [crlOf(root, []), crlOf(again, [bob])]
    expect(await tried([root, again], crls, [alice, bob])).toMatchObject({ outcomes: [200, 'closed'], crls: 2 })
  })

  test('of which one has none, whose clients would be refused', async () => {
    await expect(tried([root, again], [crlOf(root, [])], [])).rejects.toMatchObject({ code: 'ERR_CONFIG_CRL_MISSING' })
  })

  test('a CRL of the name that somebody else signed is left out: with it, good clients would be refused', async () => {
    const forged = crlOf(again, [alice], { number: 9 })
    expect(await tried([root], [crlOf(root, []), forged], [alice])).toMatchObject({ outcomes: [200], crls: 1 })
  })
})

describe('an intermediate that is sent by clients alone', () => {
  const issuing = root.intermediate('Issuing')
  const [alice, bob] = [issuing.issue('alice'), issuing.issue('bob')]

  test('is looked up in its CRL at hand; behind the handshake Node 24 no longer shows it, so that it has to be in `trust`', async () => {
    const crls = [crlOf(root), crlOf(issuing, [bob])]
    expect((await tried([root], crls, [alice, bob])).outcomes).toEqual([NODE_MAJOR === 24 ? 401 : 200, 'closed'])
    expect((await tried([root, issuing], crls, [alice, bob])).outcomes).toEqual([200, 'closed'])
  })

  test('and without one refused with all of its clients, which nobody can know before', async () => {
    const { outcomes, refusal } = await tried([root], [crlOf(root)], [alice, bob])
    expect(outcomes).toEqual(['closed', 'closed'])
    expect(refusal.status()).toMatchObject({ problems: [], refused: { UNABLE_TO_GET_CRL: 2 } })
  })

  test('and revoked by the root with all of its clients', async () => {
    const { outcomes, refusal } = await tried([root, issuing], [crlOf(root, [issuing]), crlOf(issuing)], [alice])
    expect(outcomes).toEqual(['closed'])
    expect(refusal.status().refused).toEqual({ CERT_REVOKED: 1 })
  })
})

test('both of an authority that publishes one for its users and one for its authorities', async () => {
  const issuing = root.intermediate('Issuing')
  const [alice, bob] = [root.issue('alice'), issuing.issue('bob')]
  const only = (what: 'user-certificates' | 'authority-certificates', revoked: readonly Leaf[]) =>
    crlOf(root, revoked, { issuingDistributionPoint: { onlyContains: [what] } })
  const ofIssuing = crlOf(issuing)
  const users = only('user-certificates', [alice])
  const { outcomes, crls } = await tried(
    [root, issuing],
    [users, only('authority-certificates', []), ofIssuing],
    [alice, bob],
  )
  expect({ outcomes, crls }).toEqual({ outcomes: ['closed', 200], crls: 3 })
  const revoking = only('authority-certificates', [issuing])
  expect((await tried([root, issuing], [users, revoking, ofIssuing], [bob])).outcomes).toEqual(['closed'])
})

test('none for an authority that has ended: it has no clients any more', async () => {
  const ended = authorityOf({ subject: 'Ended', notAfter: inHours(-1) })
  const alice = root.issue('alice')
  expect(await tried([root, ended], [crlOf(root)], [alice])).toMatchObject({ outcomes: [200], crls: 1 })
})

test('as many as maxCrlBytes holds, and not one octet more', async () => {
  const crl = crlOf(
    root,
    Array.from({ length: 40 }, () => root.issue('many')),
  )
  const octets = Buffer.from(crl.replace(/-----[^-]+-----|\s/g, ''), 'base64').length
  expect(await tried([root], [crl], [], octets)).toMatchObject({ crls: 1 })
  await expect(tried([root], [crl], [], octets - 1)).rejects.toThrow(
    new RegExp(`has ${octets} octets, which are more than are left of ${octets - 1}`),
  )
})
