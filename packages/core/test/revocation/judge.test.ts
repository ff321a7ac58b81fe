import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Answer } from '../../src/revocation/answer.ts'
import { judge } from '../../src/revocation/judge.ts'

const said = { source: { kind: 'crl', origin: 'a.crl' }, asOf: 1, freshUntil: 2 } as const
const good: Answer = { kind: 'good', ...said }
const unknown: Answer = { kind: 'unknown', ...said }
const revoked: Answer = { kind: 'revoked', reason: 'keyCompromise', revokedAt: 0, ...said }
const none: Answer = { kind: 'none', source: said.source, because: 'timeout', detail: '' }

const MODES = ['ignore-ca-error', 'strict'] as const
const answers = fc.array(fc.constantFrom(good, unknown, revoked, none), { maxLength: 6 })
const exemption = fc.constantFrom(null, 'no-revocation-available' as const)
const kinds = (list: readonly Answer[]) => list.map(({ kind }) => kind)

describe.each(MODES)('%s', (mode) => {
  const without = mode === 'strict' ? 'unavailable' : 'unanswered'

  test.each<readonly [readonly Answer[], string, string]>([
    [[], without, 'exempt'],
    [[none], without, 'exempt'],
    [[good], 'good', 'good'],
    [[none, good], 'good', 'good'],
    [[unknown], 'unknown', 'unknown'],
    [[unknown, good], 'good', 'good'],
    [[none, unknown, none], 'unknown', 'unknown'],
    [[revoked], 'revoked', 'revoked'],
    [[good, unknown, none, revoked], 'revoked', 'revoked'],
  ])('%j', (list, verdict, exempted) => {
    expect(judge(mode, list, null).kind).toBe(verdict)
    expect(judge(mode, list, 'no-revocation-available').kind).toBe(exempted)
  })

  test('revoked always wins, whatever else is said, in any order, exempt or not (property)', () => {
    fc.assert(
      fc.property(answers, answers, exemption, (before, behind, exempt) => {
        expect(judge(mode, [...before, revoked, ...behind], exempt)).toEqual({ kind: 'revoked', answer: revoked })
      }),
    )
  })

  test('nobody is good of whom nobody says so (property)', () => {
    fc.assert(
      fc.property(answers, exemption, (list, exempt) => {
        const { kind } = judge(mode, list, exempt)
        expect(kind === 'good').toBe(kinds(list).includes('good') && !kinds(list).includes('revoked'))
        if (kind === 'unknown') expect(kinds(list)).not.toContain('good')
        if (mode === 'strict') expect(kind).not.toBe('unanswered')
        else expect(kind).not.toBe('unavailable')
      }),
    )
  })

  test('the order of the sources changes nothing but whose word is shown (property)', () => {
    fc.assert(
      fc.property(answers, exemption, (list, exempt) => {
        expect(judge(mode, list.toReversed(), exempt).kind).toBe(judge(mode, list, exempt).kind)
      }),
    )
  })

  test('what nobody answered is handed on, for whoever asks why', () => {
    expect(judge(mode, [none, none], null)).toMatchObject({ answers: [none, none] })
  })
})
