import { X509Certificate } from 'node:crypto'
import { createAuthenticator, type Logger, verifyCertificate } from '@clientcert/core'
import { type ConsulAgent, type ConsulAgentOptions, DEFAULT_CLOCK, startConsulAgent } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectFast, until } from './fast.ts'

async function startAgent(options: ConsulAgentOptions = {}): Promise<ConsulAgent> {
  const agent = await startConsulAgent(options)
  onTestFinished(() => agent.stop())
  return agent
}

const text = (pem: string | Uint8Array | undefined): string => String(pem)
const blocks = (pem: string | Uint8Array | undefined): string[] =>
  text(pem).match(/-----BEGIN CERTIFICATE-----[\s\S]+?-----END CERTIFICATE-----\n/g) ?? []

describe('material', () => {
  test('is the leaf with its key and every root, of one moment', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    const material = await connect.material.load()
    const leaf = agent.leaf('web')
    if (!('certChain' in material)) throw new TypeError('it is PEM')
    expect(material.certChain).toBe(leaf.CertPEM)
    expect(material.privateKey).toBe(leaf.PrivateKeyPEM)
    expect(material.caCertChain).toBe(agent.roots()[0]?.RootCert)
    expect(connect.spiffeId()).toBe(leaf.ServiceURI)
    expect(connect.status()).toMatchObject({ state: 'current', held: null, trustDomain: agent.trustDomain })
  })

  test('holds a leaf back that is of another trust domain than the roots, whoever signed it (SPIFFE X509-SVID 5.2)', async () => {
    const agent = await startAgent()
    const alter = (json: Record<string, unknown>) => ({ ...json, TrustDomain: 'other.consul' })
    agent.setFault({ kind: 'altered', alter }, '/v1/agent/connect/ca/roots')
    const { connect } = connectFast(agent)
    await until(() => connect.status().state === 'held')
    expect(connect.status().held).toContain(
      `of the trust domain ${agent.trustDomain}, and the roots are of other.consul`,
    )
    expect(connect.spiffeId()).toBeNull()
    agent.setFault(null, '/v1/agent/connect/ca/roots')
    await until(() => connect.status().state === 'current')
  })

  test('has in its status of what the agent says nothing that forges a line', async () => {
    const agent = await startAgent()
    const [root] = agent.roots()
    const alter = (json: Record<string, unknown>) => ({ ...json, Roots: [{ ...root, Name: 'a\nb' }] })
    agent.setFault({ kind: 'altered', alter }, '/v1/agent/connect/ca/roots')
    const { connect } = connectFast(agent)
    await connect.ready()
    expect(connect.status().roots[0]?.name).toBe('a\\u{a}b')
  })

  test('follows a leaf that rotates, and says so', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    await connect.ready()
    const before = connect.status().fingerprint
    let changes = 0
    const stop = connect.material.watch?.(() => changes++)
    agent.rotateLeaves()
    await until(() => connect.status().fingerprint !== before)
    expect(changes).toBeGreaterThan(0)
    expect(await connect.material.load()).toMatchObject({ certChain: agent.leaf('web').CertPEM })
    stop?.()
  })

  test('trusts the old and the new root while a root rotates, and the new alone after it', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    await connect.ready()
    const [old] = agent.roots()
    agent.rotateRoot()
    await until(async () =>
      text((await connect.material.load()).caCertChain).includes(agent.roots()[1]?.RootCert ?? '-'),
    )
    await until(() => connect.status().fingerprint === fingerprintOf(agent.leaf('web').CertPEM))
    const material = await connect.material.load()
    expect(blocks(material.caCertChain).sort()).toEqual(
      agent
        .roots()
        .map(({ RootCert }) => RootCert)
        .sort(),
    )
    expect(connect.status().roots.map(({ active }) => active)).toEqual([false, true])

    agent.removeOldRoots()
    await until(async () => blocks((await connect.material.load()).caCertChain).length === 1)
    expect(text((await connect.material.load()).caCertChain)).not.toContain(old?.RootCert)
  })

  test('holds a leaf back that does not verify against the roots at hand, until it does', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    await connect.ready()
    const before = connect.status().fingerprint
    const stale = { ActiveRootID: agent.roots()[0]?.ID, TrustDomain: agent.trustDomain, Roots: agent.roots() }
    agent.setFault({ kind: 'answer', json: stale }, '/v1/agent/connect/ca/roots')
    agent.rotateRoot('without')
    await until(() => connect.status().state === 'held')
    expect(connect.status().held).toContain('is held back: it does not verify against its 1 roots')
    expect(connect.status().fingerprint).toBe(before)
    await expect(connect.material.load()).rejects.toMatchObject({ code: 'ERR_CONSUL_LEAF_HELD' })

    agent.setFault(null, '/v1/agent/connect/ca/roots')
    await until(() => connect.status().state === 'current')
    expect(connect.status().fingerprint).toBe(fingerprintOf(agent.leaf('web').CertPEM))
  })

  test('takes a leaf of a new root before the news of it, by the certificate that the old root gave the new one', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    await connect.ready()
    const stale = { ActiveRootID: agent.roots()[0]?.ID, TrustDomain: agent.trustDomain, Roots: agent.roots() }
    agent.setFault({ kind: 'answer', json: stale }, '/v1/agent/connect/ca/roots')
    agent.rotateRoot()
    await until(() => connect.status().fingerprint === fingerprintOf(agent.leaf('web').CertPEM))
    expect(connect.status()).toMatchObject({ state: 'current', held: null })
    expect(await connect.material.load()).toMatchObject({ certChain: agent.leaf('web').CertPEM })
    expect(blocks(agent.leaf('web').CertPEM)).toHaveLength(2)
  })

  test('keeps the last good leaf where the agent hands out an expired one', async () => {
    const [agent, expired] = await Promise.all([startAgent(), startAgent({ at: new Date('2025-01-01') })])
    const { connect } = connectFast(agent)
    await connect.ready()
    const before = connect.status().fingerprint
    const root = { ActiveRootID: expired.roots()[0]?.ID, Roots: expired.roots() }
    agent.setFault({ kind: 'answer', json: root }, '/v1/agent/connect/ca/roots')
    agent.setFault({ kind: 'answer', json: expired.leaf('web') }, '/v1/agent/connect/ca/leaf/')
    await until(() => connect.status().held?.includes('ERR_PATH_EXPIRED') === true)
    expect(connect.status().fingerprint).toBe(before)
  })

  test('is expired where the leaf that serves is over, and nothing else came', async () => {
    const agent = await startAgent()
    let now = DEFAULT_CLOCK
    const { connect } = connectFast(agent, { clock: () => now })
    await connect.ready()
    now = new Date(DEFAULT_CLOCK.getTime() + 4 * 86_400_000)
    expect(connect.status().state).toBe('expired')
  })

  test('takes a leaf that was not valid yet, once it is', async () => {
    const agent = await startAgent()
    let now = new Date(DEFAULT_CLOCK.getTime() - 3_600_000)
    const { connect } = connectFast(agent, { clock: () => now })
    await expect(connect.ready()).rejects.toMatchObject({ code: 'ERR_CONSUL_LEAF_HELD' })
    now = DEFAULT_CLOCK
    await connect.ready()
    expect(connect.status().state).toBe('current')
  })

  test('has the intermediates of the leaf, and one that only the roots come with', async () => {
    const agent = await startAgent({ intermediate: 'one' })
    const [leaf, intermediate] = blocks(agent.leaf('web').CertPEM)
    const whole = await connectFast(agent).connect.material.load()
    expect(whole).toMatchObject({ certChain: `${leaf}${intermediate}` })
    agent.setFault({ kind: 'altered', alter: (json) => ({ ...json, CertPEM: leaf }) }, '/v1/agent/connect/ca/leaf/')
    const completed = await connectFast(agent).connect.material.load()
    expect(completed).toMatchObject({ certChain: `${leaf}${intermediate}` })
    expect(blocks(completed.caCertChain)).toEqual([agent.roots()[0]?.RootCert])
  })
})

const fingerprintOf = (pem: string): string => new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()

describe('trust', () => {
  test('is every root, for authenticators, and follows them', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    const authenticator = createAuthenticator({ trust: connect.trust, clock: () => DEFAULT_CLOCK })
    onTestFinished(() => authenticator.close())
    await authenticator.ready()
    const old = agent.leaf('api').CertPEM
    expect(await authenticator.verify({ pem: old })).toMatchObject({ outcome: 'accepted' })

    agent.rotateRoot()
    const renewed = agent.leaf('api').CertPEM
    await until(async () => (await authenticator.verify({ pem: renewed })).outcome === 'accepted')
    expect(await authenticator.verify({ pem: old })).toMatchObject({ outcome: 'accepted' })

    agent.removeOldRoots()
    await until(async () => (await authenticator.verify({ pem: old })).outcome === 'rejected')
    expect(await authenticator.verify({ pem: renewed })).toMatchObject({ outcome: 'accepted' })
  })

  test('refuses who is of another mesh', async () => {
    const [agent, other] = await Promise.all([startAgent(), startAgent()])
    const { connect } = connectFast(agent)
    const options = { trust: connect.trust, clock: () => DEFAULT_CLOCK }
    expect(await verifyCertificate({ pem: agent.leaf('api').CertPEM }, options)).toMatchObject({ outcome: 'accepted' })
    expect(await verifyCertificate({ pem: other.leaf('api').CertPEM }, options)).toMatchObject({ outcome: 'rejected' })
  })
})

describe('closing', () => {
  test('ends queries that wait, and what is loaded after it is refused', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent, {}, { waitMs: 60_000 })
    await connect.ready()
    await until(() => agent.waiting() === 2)
    await connect[Symbol.asyncDispose]()
    await expect(connect.material.load()).rejects.toMatchObject({ code: 'ERR_CONSUL_CLOSED' })
    await expect(connect.trust.load()).rejects.toMatchObject({ code: 'ERR_CONSUL_CLOSED' })
    expect(connect.status().state).toBe('closed')
  })

  test('ends a first load that is still waiting', async () => {
    const agent = await startAgent()
    agent.setFault({ kind: 'hanging' })
    const { connect } = connectFast(agent)
    const loading = connect.material.load()
    await until(() => agent.received.length === 2)
    connect.close()
    await expect(loading).rejects.toMatchObject({ code: 'ERR_CONSUL_CLOSED' })
  })

  test('asks nothing more', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    await connect.ready()
    connect.close()
    const before = agent.received.length
    agent.rotateRoot()
    const second = connectFast(agent)
    await second.connect.ready()
    expect(agent.received.slice(before).every(({ query }) => !query.has('index'))).toBe(true)
  })
})

describe('logger', () => {
  test('is told of certificates, failures and recoveries', async () => {
    const agent = await startAgent()
    const lines: string[] = []
    const keep = (_details: object, message: string) => void lines.push(message)
    const logger: Logger = { info: keep, warn: keep }
    const { connect } = connectFast(agent, { logger })
    await connect.ready()
    agent.setFault({ kind: 'status', status: 500 })
    await until(() => connect.status().state === 'failing')
    agent.setFault(null)
    await until(() => connect.status().state === 'current')
    expect(lines[0]).toBe(`certificate of ${agent.leaf('web').ServiceURI} until 2026-01-04T00:00:00.000Z`)
    expect(lines.some((line) => line.includes('with 500: rpc error: No cluster leader'))).toBe(true)
    expect(lines.some((line) => line.endsWith('answers /v1/agent/connect/ca/leaf/web again'))).toBe(true)
  })
  test('that throws stops nothing, and is reported', async () => {
    const agent = await startAgent()
    const warned = new Promise((resolve) => void process.once('warning', resolve))
    const broken = () => {
      throw new Error('the disk of the log is full')
    }
    const { connect } = connectFast(agent, { logger: { info: broken, warn: broken } })
    await connect.ready()
    expect(String(await warned)).toContain('the disk of the log is full')
    agent.rotateLeaves()
    await until(() => connect.status().fingerprint === fingerprintOf(agent.leaf('web').CertPEM))
  })
})
