/** Longest text from a certificate or a header that a log line repeats, in UTF-16 units, escapes included. */
export const MAX_SHOWN = 256

// Control, format (bidi, zero width), surrogate, private-use and unassigned characters; line and paragraph separators.
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu

/** Half a character or half an escape, which a cut can leave. */
const PARTIAL = /[\ud800-\udbff]$|\\(?:u(?:\{[0-9a-f]*)?)?$/

/**
 * Escapes text that a stranger chose, so that it may stand in a log line or a terminal: names in certificates can hold ANSI
 * sequences, newlines that forge log lines, and bidi overrides that reverse what the reader sees (CVE-2021-42574's trick).
 *
 * Cut after escaping, since an escape is up to ten times as long as its character.
 */
export function escapeHostile(text: string, maximum = MAX_SHOWN): string {
  // Escapes only lengthen, so one unit more than fits tells whether something is cut.
  const escaped = text
    .slice(0, maximum + 1)
    .replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
  return escaped.length <= maximum ? escaped : `${escaped.slice(0, maximum - 3).replace(PARTIAL, '')}...`
}
