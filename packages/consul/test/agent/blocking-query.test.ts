import { type ConsulAgent, startConsulAgent } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { connectFast, until } from '../fast.ts'

async function startAgent(): Promise<ConsulAgent> {
  const agent = await startConsulAgent()
  onTestFinished(() => agent.stop())
  return agent
}

const ROOTS = '/v1/agent/connect/ca/roots'
const rootsQueries = (agent: ConsulAgent) => agent.received.filter(({ path }) => path === ROOTS)
const indexes = (agent: ConsulAgent) => rootsQueries(agent).map(({ query }) => query.get('index'))

describe('blocking queries (features/blocking)', () => {
  test('begin without an index and then wait for one that is greater', async () => {
    const agent = await startAgent()
    connectFast(agent, { waitSeconds: 5 }, { waitMs: 90_000 })
    await until(() => agent.waiting() === 2)
    agent.touch()
    await until(() => indexes(agent).length >= 3)
    expect(indexes(agent).slice(0, 3)).toEqual([null, '7', '8'])
    expect(rootsQueries(agent)[0]?.query.has('wait')).toBe(false)
    expect(rootsQueries(agent)[1]?.query.get('wait')).toBe('90s')
  })

  test('take a return for no proof of a change', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent)
    await connect.ready()
    let changes = 0
    connect.material.watch?.(() => changes++)
    connect.trust.watch?.(() => changes++)
    const before = agent.received.length
    for (let times = 0; times < 5; times++) agent.touch()
    await until(() => agent.received.length > before + 6)
    expect(changes).toBe(0)
  })

  test('begin anew where the index goes backwards, and follow changes after it', async () => {
    const agent = await startAgent()
    const { connect } = connectFast(agent, {}, { waitMs: 60_000 })
    await until(() => agent.waiting() === 2)
    agent.touch()
    await until(() => indexes(agent).includes('8') && agent.waiting() === 2)
    agent.restore(3n)
    await until(() => indexes(agent).includes('3') && agent.waiting() === 2)
    const after = indexes(agent).slice(indexes(agent).indexOf('8') + 1)
    expect(after.slice(0, 2)).toEqual([null, '3'])
    agent.rotateRoot()
    await until(() => connect.status().roots.length === 2)
  })

  test('never send an index of less than 1', async () => {
    const agent = await startAgent()
    agent.setFault({ kind: 'index', index: '0' }, ROOTS)
    connectFast(agent)
    await until(() => rootsQueries(agent).length > 4)
    expect(indexes(agent).slice(0, 3)).toEqual([null, '1', '1'])
  })

  test('begin anew after a failure: the agent may be another', async () => {
    const agent = await startAgent()
    connectFast(agent, {}, { waitMs: 60_000 })
    await until(() => agent.waiting() === 2)
    agent.setFault({ kind: 'status', status: 500 }, ROOTS)
    await until(() => rootsQueries(agent).length > 3)
    agent.setFault(null, ROOTS)
    expect(indexes(agent).slice(0, 4)).toEqual([null, '7', null, null])
  })

  test('are slowed where they return at once, after a burst of two', async () => {
    const agent = await startAgent()
    // An agent that never blocks: the index is always another.
    let next = 100
    const busy = setInterval(() => agent.setFault({ kind: 'index', index: String(next++) }, ROOTS), 1)
    onTestFinished(() => clearInterval(busy))
    const { connect } = connectFast(agent, {}, { paceMs: 60_000 })
    await connect.ready()
    await until(() => rootsQueries(agent).length === 2)
    await new Promise((resolve) => void setTimeout(resolve, 100))
    expect(rootsQueries(agent)).toHaveLength(2)
  })

  test('slow down after failures, each wait longer than the last, within a bound', async () => {
    const { retryDelay } = await import('../../src/agent/timing.ts')
    const timing = { waitMs: 1, requestTimeoutMs: 1, paceMs: 1, firstRetryMs: 1_000, lastRetryMs: 60_000 }
    for (const [failures, longest] of [
      [1, 1_000],
      [2, 2_000],
      [7, 60_000],
      [1_000, 60_000],
    ] as const) {
      const delays = Array.from({ length: 200 }, () => retryDelay(timing, failures))
      expect(Math.max(...delays)).toBeLessThanOrEqual(longest)
      expect(Math.min(...delays)).toBeGreaterThanOrEqual(longest / 2)
      expect(new Set(delays).size).toBeGreaterThan(1)
    }
  })

  test('are given up later than wait and a sixteenth of it', async () => {
    const { timeoutOf } = await import('../../src/agent/timing.ts')
    const timing = { waitMs: 300_000, requestTimeoutMs: 10_000, paceMs: 1, firstRetryMs: 1, lastRetryMs: 1 }
    expect(timeoutOf(timing, 'blocking')).toBe(300_000 + 18_750 + 10_000)
    expect(timeoutOf(timing, 'at-once')).toBe(10_000)
  })
})
