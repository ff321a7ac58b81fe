import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { escapeHostile, MAX_SHOWN } from '../../src/encoding/escape.ts'

/** What a terminal or a log reader would obey instead of showing. */
const OBEYED = /[\p{C}\p{Zl}\p{Zp}]/u

describe('hostile text', () => {
  test.each([
    ['an ANSI sequence', '\u001b[2J\u001b[31mroot', '\\u{1b}[2J\\u{1b}[31mroot'],
    ['the one-octet form of an ANSI sequence', '\u009b31m', '\\u{9b}31m'],
    ['newlines, which forge log lines', 'a\r\naccepted', 'a\\u{d}\\u{a}accepted'],
    ['line separators that are no newline', 'a\u0085b\u2028c\u2029d', 'a\\u{85}b\\u{2028}c\\u{2029}d'],
    ['bidi overrides and isolates (CVE-2021-42574)', '\u202eecila\u2066\u2069', '\\u{202e}ecila\\u{2066}\\u{2069}'],
    ['zero width and soft hyphens', 'ad\u200bm\u00adin\ufeff', 'ad\\u{200b}m\\u{ad}in\\u{feff}'],
    ['a NUL, a backspace, a DEL', 'a\0b\bc\u007f', 'a\\u{0}b\\u{8}c\\u{7f}'],
    ['tags, which are invisible letters', 'a\u{e0041}', 'a\\u{e0041}'],
    ['private use and half a character', '\ue000\ud83d', '\\u{e000}\\u{d83d}'],
  ])('is escaped: %s', (_, text, shown) => {
    expect(escapeHostile(text)).toBe(shown)
  })

  test.each(['CN=alice,O=Example', 'CN=Zo\u00eb', 'CN=\u5f20\u4f1f', 'CN=\ud83d\udd11', 'CN=a\\, b', ''])(
    'is not what people are called: %s stays',
    (text) => {
      expect(escapeHostile(text)).toBe(text)
    },
  )

  test('is shown whole at the limit and cut with a mark past it', () => {
    expect(escapeHostile('a'.repeat(MAX_SHOWN))).toBe('a'.repeat(MAX_SHOWN))
    expect(escapeHostile('a'.repeat(MAX_SHOWN + 1))).toBe(`${'a'.repeat(MAX_SHOWN - 3)}...`)
  })

  test('is as short when every character of it had to be escaped', () => {
    expect(escapeHostile('\u{e0041}'.repeat(10_000)).length).toBeLessThanOrEqual(MAX_SHOWN)
    expect(escapeHostile('\0'.repeat(MAX_SHOWN)).length).toBeLessThanOrEqual(MAX_SHOWN)
  })

  test('is cut between characters and between escapes', () => {
    expect(escapeHostile('abcde\ud83d\udd11fgh', 9)).toBe('abcde...')
    expect(escapeHostile('abcde\ud83d\udd11fghi', 10)).toBe('abcde\ud83d\udd11...')
    for (let letters = 0; letters < 12; letters++) {
      const shown = escapeHostile(`${'a'.repeat(letters)}\u202e\u202e`, 12)
      expect(shown).toMatch(/^a*(?:\\u\{202e\})*(?:\.\.\.)?$/)
      expect(shown.length).toBeLessThanOrEqual(12)
    }
  })

  test('never gets through, nor beyond the limit, whatever it is', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 300 }), fc.integer({ min: 3, max: 300 }), (text, maximum) => {
        const shown = escapeHostile(text, maximum)
        expect(shown.length).toBeLessThanOrEqual(maximum)
        expect(shown).not.toMatch(OBEYED)
      }),
      { numRuns: 500 },
    )
  })
})
