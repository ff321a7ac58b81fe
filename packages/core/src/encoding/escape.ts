/** Longest text from a certificate or a header that a log line repeats, in UTF-16 units. */
export const MAX_SHOWN = 256

// Control, format (bidi, zero width), surrogate, private-use and unassigned characters; line and paragraph separators.
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}]/gu

/**
 * Escapes text that a stranger chose, so that it may stand in a log line or a terminal: names in certificates can hold ANSI
 * sequences, newlines that forge log lines, and bidi overrides that reverse what the reader sees (CVE-2021-42574's trick).
 */
export function escapeHostile(text: string, maximum = MAX_SHOWN): string {
  const cut = text.length > maximum ? `${text.slice(0, maximum - 3)}...` : text
  return cut.replace(UNSAFE, (character) => `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`)
}
