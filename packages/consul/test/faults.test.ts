import { type ConsulAgent, type ConsulFault, startConsulAgent } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { MAX_ANSWER_BYTES } from '../src/agent/agent.ts'
import type { ConsulCode } from '../src/failures.ts'
import { connectFast, until } from './fast.ts'

async function startAgent(): Promise<ConsulAgent> {
  const agent = await startConsulAgent()
  onTestFinished(() => agent.stop())
  return agent
}

const LEAF = '/v1/agent/connect/ca/leaf/'
const ROOTS = '/v1/agent/connect/ca/roots'

/** What an agent may do, and what is said of it. */
const FAULTS: readonly (readonly [rule: string, code: ConsulCode, fault: ConsulFault])[] = [
  ['answers 403 (ACL)', 'ERR_CONSUL_FORBIDDEN', { kind: 'status', status: 403, body: 'Permission denied' }],
  ['answers 404', 'ERR_CONSUL_STATUS', { kind: 'status', status: 404 }],
  ['answers 500', 'ERR_CONSUL_STATUS', { kind: 'status', status: 500 }],
  ['answers 429', 'ERR_CONSUL_STATUS', { kind: 'status', status: 429 }],
  ['answers 204', 'ERR_CONSUL_STATUS', { kind: 'status', status: 204, body: '' }],
  ['hangs beyond its waiting time', 'ERR_CONSUL_TIMEOUT', { kind: 'hanging' }],
  ['resets the connection', 'ERR_CONSUL_UNREACHABLE', { kind: 'reset' }],
  ['sends half a body', 'ERR_CONSUL_UNREACHABLE', { kind: 'half-body' }],
  ['sends a body without end', 'ERR_CONSUL_TOO_LARGE', { kind: 'huge' }],
  ['sends what is no JSON', 'ERR_CONSUL_ANSWER', { kind: 'garbage' }],
  ['sends a list', 'ERR_CONSUL_ANSWER', { kind: 'answer', json: [] }],
  ['sends an object without fields', 'ERR_CONSUL_ANSWER', { kind: 'answer', json: {} }],
  ['sends null', 'ERR_CONSUL_ANSWER', { kind: 'answer', json: null }],
  ['names no index', 'ERR_CONSUL_ANSWER', { kind: 'index', index: null }],
  ['names an index that is no number', 'ERR_CONSUL_ANSWER', { kind: 'index', index: '12abc' }],
  ['names a negative index', 'ERR_CONSUL_ANSWER', { kind: 'index', index: '-1' }],
]

describe.each(FAULTS)('an agent that %s', (_rule, code, fault) => {
  // How long one that hangs is borne; the others have time on a slow machine.
  const timing = fault.kind === 'hanging' ? { requestTimeoutMs: 100 } : {}

  test.each([
    ['leaf', LEAF],
    ['roots', ROOTS],
  ] as const)(`changes nothing for what is held, and is ${code} in status(): %s`, async (which, path) => {
    const agent = await startAgent()
    const { connect } = connectFast(agent, {}, timing)
    const before = await connect.material.load()
    const trusted = await connect.trust.load()
    const { fingerprint } = connect.status()

    agent.setFault(fault, path)
    await until(() => connect.status().state === 'failing')
    const failing = connect.status()
    expect(failing.queries[which].error?.code).toBe(code)
    expect(failing.queries[which].failures).toBeGreaterThan(0)
    expect(failing.queries[which].lastSuccess).not.toBeNull()
    expect(failing.fingerprint).toBe(fingerprint)
    await expect(connect.material.load()).rejects.toMatchObject({ name: 'ConsulError', code })

    agent.setFault(null, path)
    await until(() => connect.status().state === 'current')
    expect(await connect.material.load()).toEqual(before)
    expect(await connect.trust.load()).toEqual(trusted)
    expect(connect.status().queries[which]).toMatchObject({ error: null, failures: 0, nextAttempt: null })
  })

  test(`at the start is ${code} from ready(), and is tried again`, async () => {
    const agent = await startAgent()
    agent.setFault(fault)
    const { connect } = connectFast(agent, {}, timing)
    await expect(connect.ready()).rejects.toMatchObject({ code })
    expect(connect.status()).toMatchObject({ state: 'failing', fingerprint: null, roots: [] })
    agent.setFault(null)
    await until(() => connect.status().state === 'current')
    await connect.ready()
  })
})

describe('an agent that goes away', () => {
  test('changes nothing, is reported as unreachable, and is followed again when it is back', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    await connect.ready()
    const before = connect.status().fingerprint
    await agent.stop()
    await until(() => connect.status().queries.leaf.error?.code === 'ERR_CONSUL_UNREACHABLE')
    await until(() => connect.status().queries.leaf.failures > 2)
    expect(connect.status().queries.leaf.error?.message).toContain('ECONNREFUSED')
    expect(connect.status().fingerprint).toBe(before)
    agent.rotateRoot()
    await agent.start()
    await until(() => connect.status().state === 'current' && connect.status().fingerprint !== before)
    expect(connect.status().roots).toHaveLength(2)
  })
})

describe('failures', () => {
  test('never repeat the token, though the agent does', async () => {
    const agent = await startAgent()
    const token = '6f8e2c1a-0000-4444-8888-3d9b5c7a1e2f'
    agent.setFault({ kind: 'status', status: 403, body: `ACL not found: ${token}\n\u001b[31mred` })
    const { connect } = connectFast(agent, { token })
    const failure = await connect.ready().catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: 'ERR_CONSUL_FORBIDDEN' })
    const everything = `${String(failure)} ${JSON.stringify(failure)} ${JSON.stringify(connect.status())}`
    expect(everything).not.toContain(token)
    expect(everything).toContain('ACL not found: (the token)')
    expect(String(failure)).not.toContain('\u001b')
    expect(agent.received.every(({ path, query }) => !`${path}?${query}`.includes(token))).toBe(true)
    expect(agent.received[0]?.headers['x-consul-token']).toBe(token)
  })

  test('name a redirect that is not followed', async () => {
    const [agent, other] = await Promise.all([startAgent(), startAgent()])
    agent.setFault({ kind: 'status', status: 307, body: '', headers: { location: `${other.url}${LEAF}web` } })
    const { connect } = connectFast(agent, { token: 'secret' })
    await expect(connect.ready()).rejects.toMatchObject({ failure: { code: 'ERR_CONSUL_STATUS', status: 307 } })
    expect(other.received).toEqual([])
  })

  test('name an answer of another type by its field', async () => {
    const agent = await startAgent()
    const alter = (json: Record<string, unknown>) => ({ ...json, PrivateKeyPEM: 7 })
    agent.setFault({ kind: 'altered', alter }, LEAF)
    await expect(connectFast(agent).connect.ready()).rejects.toMatchObject({
      failure: { code: 'ERR_CONSUL_ANSWER', problem: 'PrivateKeyPEM is a number, and should be a text' },
    })
  })

  test('take an answer of the greatest size, and none larger', async () => {
    const agent = await startAgent()
    const roomFor = (bytes: number) => (json: Record<string, unknown>) => {
      const padded = { ...json, Padding: '' }
      return { ...padded, Padding: 'a'.repeat(bytes - JSON.stringify(padded).length) }
    }
    agent.setFault({ kind: 'altered', alter: roomFor(MAX_ANSWER_BYTES) }, LEAF)
    await connectFast(agent).connect.ready()
    agent.setFault({ kind: 'altered', alter: roomFor(MAX_ANSWER_BYTES + 1) }, LEAF)
    await expect(connectFast(agent).connect.ready()).rejects.toMatchObject({ code: 'ERR_CONSUL_TOO_LARGE' })
  })
})
