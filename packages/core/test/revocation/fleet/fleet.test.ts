/** Two processes, a responder, and a real Redis between them. */
import { type ChildProcess, fork } from 'node:child_process'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import {
  answerOcspRequest,
  createAuthority,
  issueResponder,
  type Leaf,
  type OcspStatus,
  type RevocationServer,
  startRevocationServer,
} from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findRedis, REDIS_MISSING, startRedis } from '../../../../../test/servers/redis.ts'
import { requireServer } from '../../../../../test/servers/requirement.ts'
import type { Membership, Verdict } from './member.ts'

requireServer(findRedis(), REDIS_MISSING)

const root = createAuthority('Fleet CA')
const MEMBER = fileURLToPath(new URL('member.ts', import.meta.url))

async function createResponder() {
  const said: { status: OcspStatus } = { status: 'good' }
  const signer = issueResponder(root)
  const server = await startRevocationServer({
    ocsp: { '/ocsp': (request) => answerOcspRequest(request, { issuer: root, signer, statusOf: () => said.status }) },
  })
  onTestFinished(() => server.close())
  const issue = (subject: string) => root.issue({ subject, authorityInfoAccess: { ocsp: [server.url('/ocsp')] } })
  return { server, said, issue }
}

/** Starts a process that waits for certificates. */
async function join(redis: string, { port }: RevocationServer, mode: Membership['mode']) {
  const membership: Membership = { trust: root.certificate.pem, redis, mode, port, now: root.at.getTime() }
  const child = fork(MEMBER, [JSON.stringify(membership)], {
    execArgv: ['--import', 'tsx', '--conditions=@clientcert/source'],
    // What the test runner has set is not for applications.
    env: { PATH: process.env['PATH'] },
  })
  onTestFinished(() => void child.kill('SIGKILL'))
  await told(child)
  return async ({ fullChainPem }: Leaf): Promise<string> => {
    child.send(fullChainPem)
    return ((await told(child)) as Verdict).outcome
  }
}

async function told(child: ChildProcess): Promise<unknown> {
  const ended = once(child, 'exit').then(() => {
    throw new Error('the process has ended')
  })
  const [message] = (await Promise.race([once(child, 'message'), ended])) as [unknown]
  return message
}

describe('one process asks, and its answer serves all', { timeout: 60_000 }, () => {
  test('two processes that share a Redis ask the responder once', async () => {
    const redis = await startRedis(findRedis() ?? '')
    onTestFinished(redis.stop)
    const { server, issue } = await createResponder()
    const [one, other] = [await join(redis.url, server, 'strict'), await join(redis.url, server, 'strict')]
    const alice = issue('alice')
    expect([await one(alice), await other(alice)]).toEqual(['good', 'good'])
    expect(server.count('/ocsp')).toBe(1)
  })

  test('who is revoked is so for both', async () => {
    const redis = await startRedis(findRedis() ?? '')
    onTestFinished(redis.stop)
    const { server, issue, said } = await createResponder()
    said.status = { reason: 'keyCompromise' }
    const [one, other] = [await join(redis.url, server, 'strict'), await join(redis.url, server, 'strict')]
    const mallory = issue('mallory')
    expect([await one(mallory), await other(mallory)]).toEqual(['ERR_REVOCATION_REVOKED', 'ERR_REVOCATION_REVOKED'])
    expect(server.count('/ocsp')).toBe(1)
  })
})

describe.each([
  ['ignore-ca-error', 'unanswered'],
  ['strict', 'ERR_REVOCATION_UNAVAILABLE'],
] as const)('with Redis stopped both still answer by the mode: %s', { timeout: 60_000 }, (mode, unanswered) => {
  test('the responder is asked instead; where that is down too, the mode decides; and Redis coming back is heard', async () => {
    const redis = await startRedis(findRedis() ?? '')
    onTestFinished(redis.stop)
    const { server, issue } = await createResponder()
    const [one, other] = [await join(redis.url, server, mode), await join(redis.url, server, mode)]
    await redis.stop()
    const alice = issue('alice')
    expect([await one(alice), await other(alice)]).toEqual(['good', 'good'])
    expect(server.count('/ocsp')).toBe(2)
    server.setFault({ kind: 'reset' })
    const bob = issue('bob')
    expect([await one(bob), await other(bob)]).toEqual([unanswered, unanswered])
    await redis.start()
    server.setFault(null)
    const carol = issue('carol')
    expect([await one(carol), await other(carol)]).toEqual(['good', 'good'])
  })
})
