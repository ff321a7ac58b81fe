import { spawnSync } from 'node:child_process'
import { describe, expect, test, vi } from 'vitest'
import { findCores, pinned } from '../../scripts/bench/parts/http/cores.ts'
import { listGroups, NAMES } from '../../scripts/bench/parts/http/entrants.ts'
import { httpGoals } from '../../scripts/bench/parts/http/goals.ts'
import { createReplyReader } from '../../scripts/bench/parts/http/load/reply.ts'
import type { Figures, GroupFigures } from '../../scripts/bench/parts/http/measure-group.ts'
import type { Report } from '../../scripts/bench/report.ts'

test('the part http prints goals 6 to 9, every server having answered good clients and strangers as it should', {
  timeout: 120_000,
}, () => {
  const { status, stdout, stderr } = spawnSync(
    process.execPath,
    [
      ...['--conditions=@clientcert/source', '--import', 'tsx', 'scripts/bench/main.ts'],
      ...['--only', 'http', '--json', '--rounds', '1', '--pool', '2'],
    ],
    { encoding: 'utf8' },
  )
  expect(status, stderr).toBe(0)
  const { goals, rows, machine } = JSON.parse(stdout) as Report
  expect(goals.map(({ id }) => id)).toEqual([6, 7, 7, 8, 9])
  for (const { value, cases } of goals) {
    expect(value).not.toBeNull()
    expect(cases.every((each) => Number.isFinite(each.value))).toBe(true)
  }
  const { nginx, cores } = machine
  const absent = rows.filter(({ median }) => median === null).map(({ name }) => name)
  const headersAlone = ['fastify', 'express'].map((framework) => `${framework}, header: ${NAMES.clientCertificateAuth}`)
  const behindNginx = ['fastify, mTLS', 'new connections, TLS 1.3'].map((group) => `${group}: ${NAMES.nginx}`)
  expect(absent).toEqual(`${nginx}`.startsWith('none') ? [...headersAlone, ...behindNginx].sort() : headersAlone)
  expect(cores).toMatch(/core/)
  for (const row of rows.filter(({ median }) => median !== null)) {
    expect(row.median, row.name).toBeGreaterThan(0)
    if (!row.name.startsWith('look-up')) expect(row.note, row.name).toMatch(/^\d+ requests\/s, [\d.]+ x/)
  }
})

describe('goals', () => {
  const steady = (cpu: readonly number[]): Figures => ({ cpu, perSecond: cpu })
  const group = (figures: Readonly<Record<string, readonly number[]>>): GroupFigures =>
    new Map(Object.entries(figures).map(([name, cpu]) => [name, steady(cpu)]))
  const lookup = { among: 0.4, sameSocket: 0.1 }

  test('are differences and ratios within each round, and the median of those', () => {
    const goals = httpGoals(
      new Map([
        ['fastify, header', group({ [NAMES.noOp]: [20, 40, 60], [NAMES.ours]: [20.5, 45, 60.75] })],
        ['express, header', group({ [NAMES.bare]: [50, 90, 60], [NAMES.ours]: [100, 100, 60] })],
      ]),
      lookup,
      [],
    )
    const cases = goals.filter(({ id }) => id === 7).flatMap((goal) => goal.cases.map(({ value }) => value))
    expect(cases).toEqual([0.75, 0.9])
  })

  test('are not measured, and no success, without whom they compare with', () => {
    const goals = httpGoals(new Map(), lookup, ['nginx is left out'])
    expect(goals.map(({ id, ok }) => [id, ok])).toEqual([
      [6, true],
      [7, null],
      [7, null],
      [8, null],
      [9, null],
    ])
    expect(goals[3]?.notes).toEqual(['nginx is left out'])
  })
})

test('nginx that is not there is in the table with the reason', () => {
  const entrants = listGroups('not installed').flatMap((group) => group.entrants)
  expect(entrants.filter(({ name }) => name === NAMES.nginx)).toEqual([
    { name: NAMES.nginx, absent: 'not installed' },
    { name: NAMES.nginx, absent: 'not installed' },
  ])
})

test('says where processes cannot be kept on a core, and runs them on any', () => {
  vi.stubEnv('PATH', '/nonexistent')
  try {
    const { server, load, said } = findCores()
    expect([server, load]).toEqual([null, null])
    expect(said).toContain('not pinned')
  } finally {
    vi.unstubAllEnvs()
  }
  expect(pinned(null, ['nginx', '-v'])).toEqual(['nginx', '-v'])
  expect(pinned(1, ['nginx', '-v'])).toEqual(['taskset', '-c', '1', 'nginx', '-v'])
})

describe('an answer', () => {
  const good = Buffer.from('HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nhello')

  test('is complete with the body, however it is cut', () => {
    for (let cut = 1; cut < good.length; cut++) {
      const { read } = createReplyReader('hello')
      expect([read(good.subarray(0, cut)), read(good.subarray(cut))]).toEqual([false, true])
      expect(read(good)).toBe(true)
    }
  })

  test.each([
    ['another status', 'HTTP/1.1 401 Unauthorized\r\n\r\nhello'],
    ['another body', 'HTTP/1.1 200 OK\r\n\r\nhullo'],
    ['more than one', 'HTTP/1.1 200 OK\r\n\r\nhelloHTTP/1.1 200 OK'],
  ])('with %s stops the run', (_, text) => {
    expect(() => createReplyReader('hello').read(Buffer.from(text))).toThrow('answered HTTP/1.1')
  })
})
