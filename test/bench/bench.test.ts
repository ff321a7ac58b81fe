import { spawnSync } from 'node:child_process'
import { describe, expect, test } from 'vitest'
import { goalOf, type Report, textOf } from '../../scripts/bench/report.ts'
import { medianOf, takeTurns } from '../../scripts/bench/rounds.ts'
import { run } from '../../scripts/bench/run.ts'

const TIMEOUT_MS = 300_000

describe('one tiny run', () => {
  const args = ['--conditions=@clientcert/source', '--import', 'tsx', 'scripts/bench/main.ts']

  test('prints machine, goals by their number, and rows, every contender having judged rightly', {
    timeout: TIMEOUT_MS,
  }, () => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...args, '--only', 'path', '--json', '--rounds', '1', '--pool', '2'],
      { encoding: 'utf8' },
    )
    expect(status, stderr).toBe(0)
    const report = JSON.parse(stdout) as Report
    expect(report.machine).toMatchObject({ node: process.version, openssl: process.versions.openssl })
    expect(report.machine.measured).toContain('no figure counts')
    expect(report.goals.map(({ id }) => id)).toEqual([1, 2, 3, 4, 5, 13])
    for (const { ok, limit, value, cases, notes } of report.goals) {
      expect(ok === null).toBe(limit === null || value === null)
      expect(ok !== null || (cases.length === 0 && notes.length > 0)).toBe(true)
    }
    const named = (part: string) => report.rows.filter(({ name }) => name.includes(part))
    for (const entrant of [
      'clientcert, issuer cached',
      'clientcert, leaf',
      'bare crypto.verify',
      'X509Certificate loop',
    ]) {
      const medians = named(entrant).map(({ median }) => median)
      expect(medians.length).toBeGreaterThanOrEqual(3)
      expect(medians.every((median) => median !== null && median > 0)).toBe(true)
    }
    // Whoever does not take part is in the table with the reason.
    expect(named('node-forge').map(({ median, note }) => [median === null, note])).toEqual([
      [false, undefined],
      [true, expect.stringContaining('no EC')],
      [true, expect.stringContaining('no EC')],
    ])
    expect(named('Ed25519: pkijs')).toMatchObject([{ median: null, note: 'does not accept a good chain' }])
    for (const row of named('C d2i')) expect(row.median === null).toBe(row.note !== undefined)
    const refused = named('refused, warm')
    expect(refused.length).toBeGreaterThan(50)
    expect(refused.every(({ note }) => note?.startsWith('ERR_'))).toBe(true)
    // A hunt that ends at the limit on bytes measures that limit, and nothing of what it is named for.
    const cutShort = refused.filter(
      ({ note }) => note === 'ERR_X509_TOO_MANY_BYTES' || note === 'ERR_ENCODING_TOO_LARGE',
    )
    expect(cutShort.map(({ name }) => name)).toEqual([])
    expect(named('refused, first call').length).toBeGreaterThan(0)
  })

  test.each([
    ['crl', [10, 11], ['clientcert, load in slices', 'clientcert, lookup', 'kept by the process', 'longest pause']],
    ['ocsp', [12], ['clientcert, a responder met for the first time', 'pkijs']],
  ])('of the part %s prints its goals and rows', { timeout: TIMEOUT_MS }, (part, goals, names) => {
    const { status, stdout, stderr } = spawnSync(
      process.execPath,
      [...args, '--only', part, '--json', '--rounds', '1', '--pool', '2'],
      { encoding: 'utf8' },
    )
    expect(status, stderr).toBe(0)
    const report = JSON.parse(stdout) as Report
    expect(report.goals.map(({ id }) => id)).toEqual(goals)
    for (const { cases, value } of report.goals) {
      expect(value).toBeGreaterThan(0)
      expect(cases.every((each) => Number.isFinite(each.value))).toBe(true)
    }
    for (const name of names) {
      const medians = report.rows.filter((row) => row.name.includes(name)).map(({ median }) => median)
      expect(medians.length, name).toBeGreaterThanOrEqual(2)
      expect(
        medians.every((median) => median !== null && median > 0),
        name,
      ).toBe(true)
    }
  })

  test('says in words what it leaves out where there is no C compiler', () => {
    const { stderr, status } = spawnSync(
      process.execPath,
      ['--conditions=@clientcert/source', '--import', 'tsx', 'test/bench/cases/compile.ts'],
      { encoding: 'utf8', env: { ...process.env, PATH: '/nonexistent' } },
    )
    expect([status, stderr]).toEqual([0, expect.stringContaining('there is no C compiler')])
  })
})

describe('the command', () => {
  test.each([
    [['--only', 'nope'], /there is no part "nope"; the parts are path, http, crl, ocsp/],
    [['--nope'], /Unknown option '--nope'/],
    [['path'], /Unexpected argument 'path'/],
    [['--rounds', '0'], /--rounds is 0: give a whole number from 1 on/],
    [['--pool', 'many'], /--pool is many/],
  ])('refuses %j', async (args, message) => {
    const nothing = () => {}
    await expect(run(args, nothing, nothing)).rejects.toThrow(message)
  })
})

describe('a goal', () => {
  const goal = { id: 5, text: 'faster', unit: 'x' } as const

  test('is as good as its worst case', () => {
    const good = { name: 'good', bound: 'at least', limit: 20, value: 30 } as const
    const bad = { name: 'bad', bound: 'at least', limit: 20, value: 10 } as const
    expect(goalOf(goal, [good])).toMatchObject({ ok: true, limit: 20, value: 30, worst: 'good' })
    expect(goalOf(goal, [good, bad])).toMatchObject({ ok: false, limit: 20, value: 10, worst: 'bad' })
    expect(goalOf(goal, [{ ...good, bound: 'at most' }])).toMatchObject({ ok: false })
    expect(goalOf(goal, [{ ...bad, bound: 'at most' }])).toMatchObject({ ok: true })
  })

  test('that is missed stands out, and one without a case is no success', () => {
    const missed = goalOf(goal, [{ name: 'bad', bound: 'at least', limit: 20, value: 10 }])
    const absent = goalOf(goal, [], ['nobody to compare with'])
    expect(absent).toMatchObject({ ok: null, value: null })
    const machine = { cpu: 'a', cores: 1, node: 'b', openssl: 'c', measured: 'e', clock: 'f', load: 'g' }
    const text = textOf({ machine, goals: [missed, absent], rows: [] })
    expect(text).toMatch(/MISSED +10\.0 x, at least 20\.0 \(bad\)/)
    expect(text).toMatch(/not measured/)
    expect(text).toContain('nobody to compare with')
  })
})

describe('rounds', () => {
  test('take turns, each beginning with another contender', async () => {
    const order: string[] = []
    const contender = (name: string) => ({
      name,
      run: (times: number) => {
        order.push(name)
        return Promise.resolve(times * 2_000_000)
      },
    })
    const micros = await takeTurns([contender('a'), contender('b')], { rounds: 2, turnMs: 10, warmUpMs: 0 })
    expect(order).toEqual(['a', 'b', 'a', 'b', 'b', 'a'])
    expect(micros.get('a')).toEqual([2_000, 2_000])
  })

  test('give the median', () => {
    expect([medianOf([3, 1, 2]), medianOf([4, 1, 2, 3])]).toEqual([2, 2.5])
    expect(() => medianOf([])).toThrow(RangeError)
  })
})
