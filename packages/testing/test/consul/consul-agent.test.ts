import { X509Certificate } from 'node:crypto'
import { describe, expect, onTestFinished, test } from 'vitest'
import { parseDuration, parseWait } from '../../src/consul/blocking.ts'
import { type ConsulAgent, type ConsulAgentOptions, startConsulAgent } from '../../src/index.ts'

async function start(options: ConsulAgentOptions = {}): Promise<ConsulAgent> {
  const agent = await startConsulAgent(options)
  onTestFinished(() => agent.stop())
  return agent
}

const ROOTS = '/v1/agent/connect/ca/roots'
const LEAF = '/v1/agent/connect/ca/leaf/web'

async function get(agent: ConsulAgent, path: string, token?: string) {
  const response = await fetch(
    `${agent.url}${path}`,
    token === undefined ? {} : { headers: { 'x-consul-token': token } },
  )
  return { status: response.status, index: response.headers.get('x-consul-index'), text: await response.text() }
}

describe('the agent (api-docs: agent/connect)', () => {
  test('lists its roots, one of them active, and issues a leaf under it with its key and URI', async () => {
    const agent = await start()
    const roots = await get(agent, ROOTS)
    expect(JSON.parse(roots.text)).toEqual({
      ActiveRootID: agent.roots()[0]?.ID,
      TrustDomain: agent.trustDomain,
      Roots: agent.roots(),
    })
    const leaf = JSON.parse((await get(agent, LEAF)).text) as ReturnType<ConsulAgent['leaf']>
    expect(leaf).toEqual(agent.leaf('web'))
    const certificate = new X509Certificate(leaf.CertPEM)
    const root = new X509Certificate(agent.roots()[0]?.RootCert ?? '')
    expect(certificate.verify(root.publicKey)).toBe(true)
    expect(certificate.subjectAltName).toBe(`URI:spiffe://${agent.trustDomain}/ns/default/dc/dc1/svc/web`)
    expect(leaf.PrivateKeyPEM).toContain('BEGIN EC PRIVATE KEY')
  })

  test('blocks a query for as long as its index is the newest, and answers with a greater one', async () => {
    const agent = await start()
    const { index } = await get(agent, LEAF)
    const waiting = get(agent, `${LEAF}?index=${index}&wait=60s`)
    while (agent.waiting() === 0) await new Promise((resolve) => void setImmediate(resolve))
    agent.rotateLeaves()
    const answered = await waiting
    expect(Number(answered.index)).toBeGreaterThan(Number(index))
    expect(JSON.parse(answered.text)).toEqual(agent.leaf('web'))
    expect((await get(agent, `${LEAF}?index=1&wait=60s`)).index).toBe(answered.index)
    expect((await get(agent, `${LEAF}?index=${answered.index}&wait=1ms`)).index).toBe(answered.index)
  })

  test('goes back to an index, which those who wait are answered with', async () => {
    const agent = await start()
    const waiting = get(agent, `${ROOTS}?index=7&wait=60s`)
    while (agent.waiting() === 0) await new Promise((resolve) => void setImmediate(resolve))
    agent.restore(2n)
    expect((await waiting).index).toBe('2')
  })

  test('refuses 403 a token that may not write the service, 400 a namespace that the community has not, 404 what it has not', async () => {
    const agent = await start({ tokens: { good: ['web'] } })
    expect((await get(agent, LEAF, 'good')).status).toBe(200)
    expect((await get(agent, LEAF)).status).toBe(403)
    expect((await get(agent, LEAF, 'other')).status).toBe(403)
    expect((await get(agent, '/v1/agent/connect/ca/leaf/api', 'good')).status).toBe(403)
    expect((await get(agent, ROOTS)).status).toBe(200)
    expect((await get(agent, `${ROOTS}?ns=a`)).status).toBe(400)
    expect((await get(agent, `${LEAF}?index=x`, 'good')).status).toBe(400)
    expect((await get(agent, '/v1/agent/self', 'good')).status).toBe(404)
  })

  test('has a new root beside the old one, until the old one is removed', async () => {
    const agent = await start({ intermediate: 'one' })
    agent.leaf('web')
    agent.rotateRoot()
    expect(agent.roots().map(({ Active }) => Active)).toEqual([false, true])
    const { signer } = agent.authorities()[1] ?? {}
    expect(new X509Certificate(agent.leaf('web').CertPEM).verify(signer?.publicKey ?? expect.fail())).toBe(true)
    agent.removeOldRoots()
    expect(agent.roots()).toHaveLength(1)
  })

  test('goes away and comes back where it was', async () => {
    const agent = await start()
    await agent.stop()
    await expect(get(agent, ROOTS)).rejects.toThrow()
    await agent.start()
    expect((await get(agent, ROOTS)).status).toBe(200)
  })
})

test.each([
  ['5m', 300_000],
  ['1m30s', 90_000],
  ['1.5s', 1_500],
  ['10', null],
  ['s', null],
  ['-1s', null],
])('a duration %s is %s ms', (text, ms) => {
  expect(parseDuration(text)).toBe(ms)
})

test('a wait is five minutes where nothing is said, and ten at most', () => {
  expect(parseWait(new URLSearchParams('index=1'))).toEqual({ index: 1n, waitMs: 300_000 })
  expect(parseWait(new URLSearchParams('index=1&wait=1h'))).toEqual({ index: 1n, waitMs: 600_000 })
  expect(parseWait(new URLSearchParams('wait=x'))).toBe('Invalid wait time')
})
