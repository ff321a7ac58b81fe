import { describe, expect, test } from 'vitest'
import { freshForMs, MAX_FRESH_MS } from '../../../src/revocation/fetch/freshness.ts'

const at = Date.parse('2026-03-01T12:00:00Z')
const http = (offsetSeconds: number) => new Date(at + offsetSeconds * 1_000).toUTCString()

describe('the freshness lifetime (RFC 9111 4.2.1)', () => {
  test.each([
    ['nothing said', {}, null],
    ['something else said', { 'cache-control': 'public, no-transform, must-revalidate' }, null],
    ['max-age', { 'cache-control': 'public, max-age=3600' }, 3_600_000],
    ['in any case', { 'cache-control': 'Max-Age=60' }, 60_000],
    ['quoted', { 'cache-control': 'max-age="60"' }, 60_000],
    ['s-maxage before max-age', { 'cache-control': 'max-age=60, s-maxage=120' }, 120_000],
    ['twice: the shorter', { 'cache-control': 'max-age=60, max-age=30' }, 30_000],
    ['no-store', { 'cache-control': 'max-age=60, no-store' }, 0],
    ['no-cache', { 'cache-control': 'no-cache="Set-Cookie", max-age=60' }, 0],
    ['a directive within quotes is none', { 'cache-control': 'ext="a, no-store", max-age=60' }, 60_000],
    ['less the age (4.2.3)', { 'cache-control': 'max-age=60', age: '20' }, 40_000],
    ['older than it may be', { 'cache-control': 'max-age=60', age: '61' }, 0],
    ['an age that cannot be read', { 'cache-control': 'max-age=60', age: 'a' }, 60_000],
    ['max-age that cannot be read', { 'cache-control': 'max-age=a' }, 0],
    ['max-age that is negative', { 'cache-control': 'max-age=-60' }, 0],
    ['Expires, by the clock of the sender', { expires: http(-3_000), date: http(-3_600) }, 600_000],
    ['Expires, by our clock', { expires: http(600) }, 600_000],
    ['Expires, with a Date that is none', { expires: http(600), date: 'a' }, 600_000],
    ['Expires in the past', { expires: http(-600) }, 0],
    ['Expires 0 (5.3)', { expires: '0', date: 'a' }, 0],
    ['Expires that is no date', { expires: 'never' }, 0],
    ['max-age before Expires', { 'cache-control': 'max-age=1', expires: http(600) }, 1_000],
    ['more than two weeks', { 'cache-control': 'max-age=9999999999' }, MAX_FRESH_MS],
    ['digits without end', { 'cache-control': `max-age=${'9'.repeat(400)}` }, 0],
  ])('%s', (_what, headers, expected) => expect(freshForMs(headers, at)).toBe(expected))
})
