import { stripVTControlCharacters } from 'node:util'
import { describe, expect, test } from 'vitest'
import { differencesIn, type Row, withExpectation } from '../../scripts/demo/compare.ts'
import { leaksOf } from '../../scripts/demo/knock-at.ts'
import { knocksOf } from '../../scripts/demo/knocks.ts'
import { mintPki } from '../../scripts/demo/pki.ts'
import { createTable, screenOf } from '../../scripts/demo/table.ts'

const knocks = knocksOf(mintPki(new Date(), { answering: 'http://127.0.0.1/', down: 'http://127.0.0.1/' }))
const [knock] = knocks
if (knock === undefined) throw new Error('no knocks')

const REASON = 'ERR_EVIDENCE_NO_CERTIFICATE no certificate was presented'

/** A row in which each application did what was expected, but for what is given. */
function rowWith(https: Partial<Row['got']['https']> = {}): Row {
  const asExpected = { outcome: knock?.expected ?? '', reason: REASON, leaks: [] }
  return {
    knock: knock ?? never(),
    got: { fastify: asExpected, express: asExpected, https: { ...asExpected, ...https } },
  }
}

const never = (): never => {
  throw new Error('no knocks')
}

describe('what is compared', () => {
  test('is the outcome at each application', () => {
    expect(differencesIn(rowWith())).toEqual([])
    expect(differencesIn(rowWith({ outcome: '200 nobody' }))).toEqual(['https: expected 401, got 200 nobody'])
  })

  test('is what leaked as well, though the outcome is right', () => {
    expect(differencesIn(rowWith({ leaks: ['the response says: x'] }))).toEqual(['https: the response says: x'])
  })

  test('can be changed for one row, and for one only', () => {
    const changed = withExpectation(knocks, '3=200 mallory')
    expect(changed[2]?.expected).toBe('200 mallory')
    expect(changed.filter((each, index) => each !== knocks[index])).toHaveLength(1)
    for (const change of ['0=401', '107=401', '=401', '1=', 'x=401', '1']) {
      expect(() => withExpectation(knocks, change)).toThrow(TypeError)
    }
  })
})

describe('a leak', () => {
  const refusal = { statusCode: 401, rawHeaders: ['content-type', 'application/json'], body: '{"message":"no"}' }

  test('is a word of the reason, in the body or in a header', () => {
    expect(leaksOf(refusal, ['ERR_PATH_EXPIRED'])).toEqual([])
    const inBody = { ...refusal, body: '{"message":"ERR_PATH_EXPIRED"}' }
    expect(leaksOf(inBody, ['ERR_PATH_EXPIRED'])).toEqual(['the response says: ERR_PATH_EXPIRED'])
    const inHeader = { ...refusal, rawHeaders: ['x-reason', 'expired at noon'] }
    expect(leaksOf(inHeader, ['expired at noon'])).toEqual(['the response says: expired at noon'])
  })

  test('is a header of the proxy that the application still sees', () => {
    const answer = {
      ...refusal,
      statusCode: 200,
      body: JSON.stringify({ client: 'alice', asserted: ['ssl-client-cert'] }),
    }
    expect(leaksOf(answer, [])).toEqual(['the application still sees ssl-client-cert'])
  })
})

describe('the table', () => {
  const plain = { color: 'plain', width: Number.POSITIVE_INFINITY } as const

  test('has one line for each row, under its heads, with the reason at the end', () => {
    const table = createTable(knocks, plain)
    const [head, row] = [table.head(), table.row(rowWith(), 1)]
    expect(head).toMatch(/^row +client +way +mode +expected +fastify +express +https +reason, from the log$/)
    expect(row).toMatch(/^1 +none +TLS +required +401 +401 +401 +401 +ERR_EVIDENCE_NO_CERTIFICATE/)
    expect(row.indexOf('ERR_')).toBe(head.indexOf('reason'))
    expect(row.indexOf('TLS')).toBe(head.indexOf('way'))
  })

  test('says the reasons of all three where they differ, and below the row what is wrong', () => {
    const lines = createTable(knocks, plain)
      .row(rowWith({ outcome: '500', reason: 'other' }), 1)
      .split('\n')
    expect(lines[0]).toContain(`${REASON} | other`)
    expect(lines.slice(1)).toEqual(['>> https: expected 401, got 500'])
  })

  test('is coloured on a terminal, unless NO_COLOR says otherwise, and never elsewhere', () => {
    const terminal = { isTTY: true, columns: 300 }
    expect(screenOf(terminal, undefined).color).toBe('color')
    expect(screenOf(terminal, '').color).toBe('color')
    expect(screenOf(terminal, '1').color).toBe('plain')
    expect(screenOf({ isTTY: false, columns: 300 }, undefined)).toEqual(plain)
    const colored = createTable(knocks, { color: 'color', width: 300 })
    const row = rowWith({ outcome: '500' })
    expect(colored.row(row, 1)).toContain('\u001b[31m500')
    expect(stripVTControlCharacters(colored.row(row, 1))).toBe(
      createTable(knocks, { ...plain, width: 300 }).row(row, 1),
    )
  })

  test('shows a client that was let in and then refused as refused', () => {
    const kept = knocks.find(({ connection }) => connection === 'kept') ?? never()
    const got = { outcome: kept.expected, reason: REASON, leaks: [] }
    const row = createTable(knocks, { color: 'color', width: 300 }).row(
      { knock: kept, got: { fastify: got, express: got, https: got } },
      1,
    )
    expect(row).toContain('\u001b[1m200 dave, 401')
  })

  test('gives the reason a line of its own on a narrow terminal, and never more than fits', () => {
    const [row, reason = ''] = createTable(knocks, { color: 'plain', width: 80 })
      .row(rowWith({ reason: 'x'.repeat(500) }), 1)
      .split('\n')
    expect(row).not.toContain('ERR_')
    expect(reason).toMatch(/^ +ERR_EVIDENCE_NO_CERTIFICATE/)
    expect(reason.length).toBeLessThanOrEqual(80)
    const beside = createTable(knocks, { color: 'plain', width: 240 }).row(rowWith({ reason: 'x'.repeat(500) }), 1)
    expect(beside.split('\n')).toHaveLength(1)
    expect(beside.length).toBeLessThanOrEqual(240)
  })
})
