/**
 * Every decoder against text that nobody wrote: it never throws, and what it returns stands in the header, octet for octet. That it takes no more time than
 * the text is long is asked by `npm run fuzz -- --decoders`.
 */
import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { FAILURES } from '../../src/errors.ts'
import type { FailureBase } from '../../src/failure.ts'
import type { HeaderFormat, HeaderLines } from '../../src/headers/header-format.ts'
import { createMemory } from '../../src/memory.ts'
import { EVERY_FORMAT } from './every-format.ts'
import { forwarded } from './forwarded.ts'

const intermediate = createAuthority('Root CA').intermediate('Intermediate CA')
const [alice, bob] = [intermediate.issue('alice'), intermediate.issue('bob')]

type Headers = Readonly<Record<string, string>>

/** What any grammar here is made of, and what breaks out of it. */
const PIECES = [
  ',',
  ', ',
  ';',
  ':',
  '::',
  '=',
  '==',
  '"',
  '\\"',
  '\\',
  '%',
  '%2',
  '%0A',
  '%2B',
  '%2C',
  '+',
  ' ',
  '\t',
  '-----',
  '(null)',
  'Cert="',
  'Hash=',
  'By=',
  '1',
  '0',
  'SUCCESS',
  'NONE',
  'FAILED:',
  'GENEROUS',
  'true',
  'false',
  'A',
  'AAAA',
  'MIIB',
  '\u00e9',
  '\u00ff',
  '-----BEGIN CERTIFICATE-----',
  '-----END CERTIFICATE-----',
  '-----BEGIN%20CERTIFICATE-----',
  '{http.request.tls.client.certificate_der_base64}',
]

/** One change of a text: something put in, cut out, said again, exchanged with the same place of another, or another altogether. */
const edit = fc.oneof(
  fc.record({ kind: fc.constant('insert' as const), at: fc.nat(4_000), text: fc.constantFrom(...PIECES) }),
  fc.record({ kind: fc.constant('cut' as const), at: fc.nat(4_000), length: fc.integer({ min: 1, max: 80 }) }),
  fc.record({ kind: fc.constant('repeat' as const), at: fc.nat(4_000), length: fc.integer({ min: 1, max: 2_000 }) }),
  fc.record({ kind: fc.constant('splice' as const), at: fc.nat(4_000) }),
  fc.record({ kind: fc.constant('join' as const), between: fc.constantFrom('', ',', ', ', ';', '\n', ' ') }),
  fc.record({ kind: fc.constant('replace' as const), text: latin1(400) }),
  fc.record({ kind: fc.constant('empty' as const) }),
)
type Edit = typeof edit extends fc.Arbitrary<infer Value> ? Value : never

function latin1(maxLength: number): fc.Arbitrary<string> {
  const octet = fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code))
  return fc.array(fc.oneof(octet, fc.constantFrom(...PIECES)), { maxLength }).map((parts) => parts.join(''))
}

function edited(text: string, change: Edit, other: string): string {
  switch (change.kind) {
    case 'insert':
      return text.slice(0, change.at % (text.length + 1)) + change.text + text.slice(change.at % (text.length + 1))
    case 'cut':
      return text.slice(0, change.at % (text.length + 1)) + text.slice((change.at % (text.length + 1)) + change.length)
    case 'repeat': {
      const at = change.at % (text.length + 1)
      return text.slice(0, at) + text.slice(at, at + change.length).repeat(2) + text.slice(at + change.length)
    }
    case 'splice':
      return text.slice(0, change.at % (text.length + 1)) + other.slice(change.at % (text.length + 1))
    case 'join':
      return `${text}${change.between}${other}`
    case 'replace':
      return change.text
    case 'empty':
      return ''
    default:
      return change satisfies never
  }
}

const expectKnown = ({ leg, code }: FailureBase) => expect(FAILURES[leg]).toHaveProperty([code])

/** What becomes of headers; the certificates, or the failure. */
function read(format: HeaderFormat, lines: HeaderLines) {
  const assertion = format.read(lines)
  if (!assertion.ok) return { failure: assertion.failure, certificates: [] }
  const { certificate, verdict } = assertion.value
  if (verdict && !verdict.ok) expectKnown(verdict.failure)
  const decoded = certificate?.decode()
  if (!decoded) return { failure: null, certificates: [] }
  return decoded.ok ? { failure: null, certificates: decoded.value } : { failure: decoded.failure, certificates: [] }
}

/** Everything that a text may be read as, in hexadecimal: itself, without escapes, and either in base64. White space says nothing in any of them. */
function readings(text: string): readonly string[] {
  const unescaped = text.replace(/%([0-9A-Fa-f]{2})/g, (_, digits: string) =>
    String.fromCharCode(Number.parseInt(digits, 16)),
  )
  return [text, unescaped].flatMap((each) => {
    const runs = each.split(/[^A-Za-z0-9+/=\s]+/).map((run) => run.replace(/CERTIFICATE|\s/g, ''))
    const decoded = runs.map((run) => Buffer.from(run, 'base64'))
    const inner = decoded.flatMap((octets) =>
      octets
        .toString('latin1')
        .split('-----')
        .map((run) => Buffer.from(run, 'base64')),
    )
    return [...decoded, ...inner].map((octets) => octets.toString('hex'))
  })
}

/** Whatever comes of it, it is none, a refusal with a known code, or certificates whose octets the headers hold, the end entity its own header. */
function expectNothingElse(format: HeaderFormat, lines: HeaderLines): void {
  const { failure, certificates } = read(format, lines)
  if (failure) expectKnown(failure)
  const [endEntity, ...others] = certificates
  if (!endEntity) return
  const isIn = (der: Uint8Array, texts: readonly string[]): boolean =>
    texts.flatMap(readings).some((reading) => reading.includes(Buffer.from(der).toString('hex')))
  expect(isIn(endEntity, lines.get(format.certificateHeader) ?? [])).toBe(true)
  const all = [...lines.values()].flat()
  for (const other of others) expect(isIn(other, all)).toBe(true)
}

const RUNS = { numRuns: 150 }

describe.each(EVERY_FORMAT)('%s', (_, format) => {
  const [one, other, none] = [alice, bob, null].map((leaf): Headers => format.encode(leaf && forwarded(leaf)))
  if (!one || !other || !none) throw new Error('there are three')

  test('makes nothing of arbitrary text but what stands there', () => {
    const header = fc.option(fc.array(latin1(60), { minLength: 1, maxLength: 2 }), { freq: 4, nil: undefined })
    fc.assert(
      fc.property(fc.array(header, { minLength: format.assertedHeaders.length }), (values) => {
        const lines = format.assertedHeaders.flatMap((name, index): [string, string[]][] => {
          const value = values[index]
          return value ? [[name, format.listHeaders.has(name) ? value : value.slice(0, 1)]] : []
        })
        expectNothingElse(format, new Map(lines))
      }),
      RUNS,
    )
  })

  test('makes nothing of what it writes, changed in any place, but what stands there', () => {
    const changes = fc.array(fc.tuple(fc.nat(20), edit), { minLength: 1, maxLength: 3 })
    fc.assert(
      fc.property(fc.constantFrom(one, other, none), changes, fc.boolean(), (headers, edits, isTwice) => {
        const values = { ...headers }
        const names = Object.keys({ ...one, ...none })
        for (const [index, change] of edits) {
          const name = names[index % names.length] ?? ''
          values[name] = edited(values[name] ?? '', change, other[name] ?? '')
        }
        const lines = Object.entries(values).map(([name, value]): [string, string[]] => {
          return [name, isTwice && format.listHeaders.has(name) ? [value, value] : [value]]
        })
        expectNothingElse(format, new Map(lines))
      }),
      RUNS,
    )
  })

  test('makes of the headers of two clients, mixed, one of the two or a refusal', () => {
    const names = [...new Set([one, other].flatMap((headers) => Object.keys(headers)))]
    const known = [alice, bob]
      .flatMap(({ certificate, chain }) => [certificate, ...chain])
      .map(({ der }) => Buffer.from(der).toString('hex'))
    fc.assert(
      fc.property(
        fc.array(fc.constantFrom('one', 'other', 'neither'), { minLength: names.length, maxLength: names.length }),
        (whose) => {
          const lines = names.flatMap((name, index): [string, string[]][] => {
            const value = { one, other, neither: undefined }[whose[index] ?? 'neither']?.[name]
            return value === undefined ? [] : [[name, [value]]]
          })
          const { failure, certificates } = read(format, new Map(lines))
          if (failure) expectKnown(failure)
          for (const der of certificates) expect(known).toContain(Buffer.from(der).toString('hex'))
        },
      ),
      RUNS,
    )
  })

  test('gives each client of one issuer a text that is found by itself', () => {
    const clients = [alice, bob, intermediate.issue('carol'), intermediate.issue('dave')]
    const texts = clients.map((leaf) => {
      const assertion = format.read(
        new Map(Object.entries(format.encode(forwarded(leaf))).map(([name, value]) => [name, [value]])),
      )
      return (assertion.ok && assertion.value.certificate?.text) || ''
    })
    const moment = { at: 0, epoch: 1, revocationEpoch: 1 }
    const nobody = { kind: 'none', from: 'a test' } as const
    const few = createMemory({ clients: 1, refusals: clients.length })
    for (const text of texts) few.remember({ connection: {}, text }, '', moment, nobody)
    expect(texts.map((text) => few.recall({ connection: {}, text }, '', moment))).toEqual(texts.map(() => nobody))
  })
})
