/**
 * Whoever is remembered is remembered by `AssertedCertificate.text`, so two sets of headers that give one text have to come to the same, or a set that is
 * refused by itself is accepted behind one that is not. Found with a chain in the header of the fingerprint, and with a Chain that is empty.
 */
import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { HeaderFormat, HeaderLines } from '../../src/headers/header-format.ts'
import { EVERY_FORMAT } from './every-format.ts'
import { forwarded } from './forwarded.ts'

const intermediate = createAuthority('Root CA').intermediate('Intermediate CA')
const clients = [intermediate.issue('alice'), intermediate.issue('bob')]

/** A value, its fields as they are, left out or emptied. */
const fields = fc.array(fc.constantFrom('kept', 'kept', 'dropped', 'emptied'), { minLength: 5, maxLength: 5 })

const changed = (value: string, what: readonly string[]): string =>
  value
    .split(';')
    .map((field, index) => (what[index] === 'emptied' ? field.replace(/=.*/, '=""') : field))
    .filter((_, index) => what[index] !== 'dropped')
    .join(';')

/** Headers as clients of the proxy have them, mixed, moved from one name to another, left out, emptied, in one line or in two. */
function mixed(format: HeaderFormat): fc.Arbitrary<HeaderLines> {
  const written = clients.map((client) => format.encode(forwarded(client)))
  const names = [...new Set(written.flatMap((headers) => Object.keys(headers)))]
  const values = [...new Set(written.flatMap((headers) => Object.values(headers)))]
  const some = fc
    .tuple(fc.constantFrom(...values, '', '(null)', '::'), fields)
    .map(([value, what]) => changed(value, what))
  const line = (name: string): fc.Arbitrary<[string, string[]] | null> => {
    const own = fc.tuple(fc.constantFrom(...written.map((headers) => headers[name] ?? '')), fields)
    const value = fc.oneof(
      own.map(([text]) => text),
      own.map(([text, what]) => changed(text, what)),
      some,
    )
    const lines = fc.array(value, { minLength: 1, maxLength: format.listHeaders.has(name) ? 2 : 1 })
    const isThere = name === format.certificateHeader ? fc.constant(true) : fc.boolean()
    return fc.tuple(isThere, lines).map(([there, all]) => (there ? [name, all] : null))
  }
  return fc.tuple(...names.map(line)).map((all) => new Map(all.filter((each) => each !== null)))
}

/** The text that is remembered, and what comes of it. */
function remembered(format: HeaderFormat, lines: HeaderLines): { text: string; outcome: string } | null {
  const assertion = format.read(lines)
  if (!assertion.ok || assertion.value.certificate === null) return null
  const { text, decode } = assertion.value.certificate
  const decoded = decode()
  return {
    text,
    outcome: decoded.ok ? decoded.value.map((der) => Buffer.from(der).toString('hex')).join() : decoded.failure.code,
  }
}

test.each(EVERY_FORMAT)('%s: the same text is the same certificates, or the same refusal', (_, format) => {
  fc.assert(
    fc.property(fc.array(mixed(format), { maxLength: 400, size: 'max' }), (sets) => {
      const outcomes = new Map<string, string>()
      for (const set of sets) {
        const found = remembered(format, set)
        if (!found) continue
        const before = outcomes.get(found.text) ?? found.outcome
        outcomes.set(found.text, before)
        expect(found.outcome).toBe(before)
      }
    }),
    { numRuns: 8 },
  )
})
