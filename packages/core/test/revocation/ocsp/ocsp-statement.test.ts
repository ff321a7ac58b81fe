import { createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { MAX_AGE_MS } from '../../../src/revocation/ocsp/ocsp-statement.ts'
import { NOW } from '../../path/verdict.ts'
import { after, answerWith, leaf, questionOf, root, SKEW_MS, verdict, verified } from './asked.ts'

const SKEW = SKEW_MS / 1000
const at = (seconds: number) => ({ at: NOW + seconds * 1000 })
const HOLD = { reason: 'certificateHold' } as const
const EACH = ['good', 'revoked', 'unknown', HOLD] as const

describe('what a responder says of a certificate (RFC 6960 2.2)', () => {
  const source = { kind: 'ocsp', origin: 'http://ocsp.example' }
  const said = { source, asOf: NOW, freshUntil: NOW + 86_400_000 + SKEW_MS }

  test('good', async () => {
    expect(await verified(answerWith())).toEqual({ ...said, kind: 'good' })
  })

  test('revoked, when and why', async () => {
    const status = { revokedAt: after(-7_200), reason: 'keyCompromise' } as const
    expect(await verified(answerWith({}, { status }))).toEqual({
      ...said,
      kind: 'revoked',
      reason: 'keyCompromise',
      revokedAt: NOW - 7_200_000,
    })
  })

  test('unknown, which is an answer', async () => {
    expect(await verified(answerWith({}, { status: 'unknown' }))).toEqual({ ...said, kind: 'unknown' })
  })
})

describe('the times of an answer (RFC 6960 4.2.2.1; CVE-2026-24734: freshness was not looked at)', () => {
  test.each(EACH)('%j of the future is none: thisUpdate up to the skew', async (status) => {
    const early = (seconds: number) => verdict(answerWith({}, { status, thisUpdate: after(seconds) }))
    expect(await early(SKEW)).toBe(typeof status === 'string' ? status : 'revoked')
    expect(await early(SKEW + 1)).toBe('not-yet-valid')
  })

  test.each(EACH)('%j of the future is none: producedAt up to the skew', async (status) => {
    const early = (seconds: number) => verdict(answerWith({ producedAt: after(seconds) }, { status }))
    expect(await early(SKEW)).toBe(typeof status === 'string' ? status : 'revoked')
    expect(await early(SKEW + 1)).toBe('not-yet-valid')
  })

  test.each([
    ['good', 'good', 'stale'],
    ['unknown', 'unknown', 'stale'],
    ['revoked', 'revoked', 'revoked'],
    [{ reason: 'keyCompromise' }, 'revoked', 'revoked'],
    [HOLD, 'revoked', 'stale'],
  ] as const)('%j is %s up to nextUpdate and the skew, and %s from then on', async (status, before, then) => {
    const answer = answerWith({}, { status, nextUpdate: after(3_600) })
    expect(await verdict(answer, at(3_600 + SKEW))).toBe(before)
    expect(await verdict(answer, at(3_600 + SKEW + 1))).toBe(then)
  })

  test.each([
    ['good', 'good', 'stale'],
    ['revoked', 'revoked', 'revoked'],
    [HOLD, 'revoked', 'stale'],
  ] as const)(
    '%j without nextUpdate is relied on for five minutes, since newer information is to be had (RFC 6960 2.4)',
    async (status, before, then) => {
      const answer = answerWith({}, { status, nextUpdate: null })
      expect(MAX_AGE_MS).toBe(300_000)
      expect(await verdict(answer, at(300 + SKEW))).toBe(before)
      expect(await verdict(answer, at(300 + SKEW + 1))).toBe(then)
    },
  )

  test('one that ends before it begins is stale, though the skew would cover both', async () => {
    const times = { thisUpdate: after(0), nextUpdate: after(-1) }
    expect(await verdict(answerWith({}, times))).toBe('stale')
    expect(await verdict(answerWith({}, { ...times, status: 'revoked' }))).toBe('revoked')
    expect(await verdict(answerWith({}, { ...times, nextUpdate: after(0) }))).toBe('good')
  })

  test('one without a skew is held to the second', async () => {
    const answer = answerWith({}, { nextUpdate: after(10) })
    expect(await verdict(answer, { ...at(10), skewMs: 0 })).toBe('good')
    expect(await verdict(answer, { at: NOW + 10_001, skewMs: 0 })).toBe('stale')
    expect(await verdict(answer, { at: NOW - 1, skewMs: 0 })).toBe('not-yet-valid')
  })

  test('an instant that is no number is covered by no answer', async () => {
    expect(await verdict(answerWith(), { at: Number.NaN })).toBe('not-yet-valid')
  })

  test('an answer may be remembered no longer than the certificate of who signed it lives', async () => {
    const signer = root.issue({ eku: ['OCSPSigning'], notAfter: after(600) })
    const statusOfResponder = () => Promise.resolve('good' as const)
    expect(await verified(answerWith({ signer }), { statusOfResponder })).toMatchObject({
      kind: 'good',
      freshUntil: NOW + 600_999,
    })
  })
})

describe('several statuses of one certificate', () => {
  const both = (...statuses: readonly (typeof EACH)[number][]) =>
    answerWith({ responses: statuses.map((status) => ({ certificate: leaf, status })) })

  test.each([
    [['good', 'revoked'], 'revoked'],
    [['revoked', 'good'], 'revoked'],
    [['good', 'revoked', 'unknown'], 'revoked'],
    [['good', 'unknown'], 'unknown'],
    [['unknown', 'good'], 'unknown'],
    [['good', 'good'], 'good'],
  ] as const)('%j mean %s', async (statuses, expected) => {
    expect(await verdict(both(...statuses))).toBe(expected)
  })

  test('one that is out of date says no more than one that is not, and still what it revokes', async () => {
    const stale = { certificate: leaf, thisUpdate: after(-7_200), nextUpdate: after(-3_600) }
    const pair = (status: (typeof EACH)[number]) =>
      answerWith({ responses: [{ ...stale, status }, { certificate: leaf }] })
    expect(await verdict(pair('unknown'))).toBe('good')
    expect(await verdict(pair(HOLD))).toBe('good')
    expect(await verdict(pair('revoked'))).toBe('revoked')
  })

  test('by SHA-1 and by SHA-256 are of one certificate', async () => {
    const responses = [
      { certificate: leaf, hash: 'sha1' },
      { certificate: leaf, hash: 'sha256', status: 'revoked' },
    ] as const
    expect(await verdict(answerWith({ responses }))).toBe('revoked')
    expect(await verdict(answerWith({ responses: responses.slice(0, 1) }))).toBe('good')
  })

  test('those of other certificates say nothing', async () => {
    const other = root.issue()
    const responses = [
      { certificate: other, status: 'revoked' },
      { certificate: leaf, status: 'good' },
    ] as const
    expect(await verdict(answerWith({ responses }))).toBe('good')
    expect(await verdict(answerWith({ responses }), questionOf(other, root))).toBe('revoked')
    expect(await verdict(answerWith({ responses }), questionOf(createAuthority().issue(), root))).toBe(
      'wrong-certificate',
    )
  })
})
