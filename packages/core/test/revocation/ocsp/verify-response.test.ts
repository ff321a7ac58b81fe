import { randomBytes } from 'node:crypto'
import {
  createAuthority,
  der,
  issueResponder,
  mintOcspError,
  mintOcspResponse,
  type OcspErrorName,
} from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { answerWith, leaf, question, questionOf, root, verdict, verified } from './asked.ts'

describe('an answer is about the certificate that was asked about (RFC 6960 3.2 1)', () => {
  test.each(['sha1', 'sha256'] as const)('by %s', async (hash) => {
    expect(await verdict(answerWith({}, { hash }))).toBe('good')
  })

  test('and none about another, or by another hash, or about nobody', async () => {
    expect(await verdict(answerWith({}, { certificate: root.issue() }))).toBe('wrong-certificate')
    expect(await verdict(answerWith({}, { hash: 'sha512' }))).toBe('wrong-certificate')
    expect(await verdict(answerWith({ responses: [] }))).toBe('wrong-certificate')
  })

  test('and none about the same number of another authority, good as its signature is', async () => {
    const other = createAuthority('Other CA')
    const twin = other.issue({ serialNumber: question.certificate.serialNumber })
    const answer = mintOcspResponse({ issuer: other, responses: [{ certificate: twin }] })
    expect(await verdict(answer, questionOf(twin, other))).toBe('good')
    expect(await verdict(answer)).toBe('wrong-certificate')
  })
})

describe('whoever asks with a nonce (RFC 9654)', () => {
  const nonce = new Uint8Array(randomBytes(32))

  test('takes the answer that has it', async () => {
    expect(await verdict(answerWith({ nonce }), { nonce })).toBe('good')
  })

  test('takes none with another, or a part of it: an answer to somebody else is played again', async () => {
    expect(await verdict(answerWith({ nonce: nonce.with(31, (nonce[31] ?? 0) ^ 1) }), { nonce })).toBe('wrong-nonce')
    expect(await verdict(answerWith({ nonce: nonce.slice(0, 31) }), { nonce })).toBe('wrong-nonce')
    expect(await verdict(answerWith({ nonce: nonce.slice(1) }, { status: 'revoked' }), { nonce })).toBe('wrong-nonce')
  })

  test('takes one without, by its times: responders that sign beforehand send none (RFC 5019 section 4)', async () => {
    expect(await verdict(answerWith(), { nonce })).toBe('good')
    expect(await verdict(answerWith({}, { nextUpdate: new Date(question.at - 61_000) }), { nonce })).toBe('stale')
  })

  test('and whoever asks without takes any (RFC 5019 section 4)', async () => {
    expect(await verdict(answerWith({ nonce }), { nonce: null })).toBe('good')
  })
})

describe('a critical extension that is not processed makes an answer none (RFC 5280 4.2, RFC 6960 4.4)', () => {
  const unknown = (critical: boolean) => [{ oid: '1.3.6.1.4.1.32473.9', critical, value: der.nullValue() }]

  test('of the whole', async () => {
    expect(await verdict(answerWith({ extensions: unknown(false) }))).toBe('good')
    expect(await verdict(answerWith({ extensions: unknown(true) }))).toBe('unknown-critical-extension')
    expect(await verdict(answerWith({ extensions: unknown(true) }, { status: 'revoked' }))).toBe(
      'unknown-critical-extension',
    )
  })

  test('of one status, which leaves the others', async () => {
    expect(await verdict(answerWith({}, { extensions: unknown(false) }))).toBe('good')
    expect(await verdict(answerWith({}, { extensions: unknown(true) }))).toBe('unknown-critical-extension')
    const responses = [
      { certificate: leaf, status: 'revoked', extensions: unknown(true) },
      { certificate: leaf },
    ] as const
    expect(await verdict(answerWith({ responses }))).toBe('good')
  })
})

describe('a responder that does not answer (RFC 6960 2.3)', () => {
  const ERRORS: readonly OcspErrorName[] = [
    'malformedRequest',
    'internalError',
    'tryLater',
    'sigRequired',
    'unauthorized',
  ]

  test.each(ERRORS)('says %s, which nobody signs and which is no answer', async (name) => {
    expect(await verified(mintOcspError(name))).toEqual({
      kind: 'none',
      source: { kind: 'ocsp', origin: question.origin },
      because: 'responder-error',
      detail: `it says ${name}`,
    })
  })
})

describe('whatever comes from the network', () => {
  test.each([
    ['nothing', ''],
    ['a page', Buffer.from('<html>502 Bad Gateway</html>').toString('hex')],
    ['one octet', '30'],
  ])('is no answer where it is no response: %s', async (_, digits) => {
    expect(await verified(der.hex(digits))).toMatchObject({ kind: 'none', because: 'malformed' })
  })

  test('never says good, and never throws: arbitrary octets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.uint8Array({ maxLength: 300 }), async (octets) => {
        expect(await verified(octets)).toMatchObject({ kind: 'none' })
      }),
      { numRuns: 2_000 },
    )
  })

  test('never says good where a bit of an answer is another, but in what nobody signs', async () => {
    const signer = issueResponder(root)
    const answer = answerWith({ signer }, { status: 'unknown' })
    // The certificates that come along are tried; one that cannot have signed is passed over.
    const place = fc.nat(answer.length * 8 - 1)
    await fc.assert(
      fc.asyncProperty(place, async (bit) => {
        const altered = answer.with(bit >> 3, (answer[bit >> 3] ?? 0) ^ (1 << (bit & 7)))
        expect(['none', 'unknown']).toContain((await verified(altered)).kind)
      }),
      { numRuns: 1_500 },
    )
  })
})
