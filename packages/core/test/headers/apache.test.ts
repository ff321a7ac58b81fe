import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const root = createAuthority('Root CA')
const upper = root.intermediate('Upper CA')
const lower = upper.intermediate('Lower CA')
const leaf = lower.issue('alice')
const format = createFormat('apache')

const CERTIFICATE = 'ssl_client_cert'
const VERDICT = 'ssl_client_verify'
const chainHeader = (index: number) => `ssl_client_cert_chain_${index}`

const oneLine = (pem: string) => pem.trimEnd().replaceAll('\n', ' ')
/** `escape:` of Apache, as captured: `/ + = - .` stay, what is escaped is in lower case. */
const escaped = (pem: string) => pem.replaceAll(' ', '%20').replaceAll('\n', '%0a')
const inBase64 = (pem: string) => Buffer.from(pem).toString('base64')

const WAYS = [
  ['PEM whose newlines became spaces (%{SSL_CLIENT_CERT}s)', oneLine],
  ['PEM with escapes in lower case, and + as it is (expr=%{escape:...})', escaped],
  ['base64 of PEM (expr=%{base64:...})', inBase64],
] as const

const { pem } = leaf.certificate
const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64')
const alone = { kind: 'certificates', base64: [base64(leaf.certificate.der)] }
const whole = { kind: 'certificates', base64: [leaf, lower, upper].map(({ certificate }) => base64(certificate.der)) }

const outcome = (headers: Readonly<Record<string, string>>) => outcomeOf(format, linesOf(headers))
const withVerdict = (verdict: string) => outcome({ [CERTIFICATE]: oneLine(pem), [VERDICT]: verdict })

describe('the certificate of Apache', () => {
  test.each(WAYS)('is read from %s', (_, write) => {
    expect(outcome({ [CERTIFICATE]: write(pem), [VERDICT]: 'SUCCESS' })).toEqual(alone)
  })

  test.each(WAYS)('has a chain in the same way: %s', (_, write) => {
    expect(
      outcome({
        [CERTIFICATE]: write(pem),
        [VERDICT]: 'SUCCESS',
        [chainHeader(0)]: write(lower.certificate.pem),
        [chainHeader(1)]: write(upper.certificate.pem),
        [chainHeader(2)]: '(null)',
      }),
    ).toEqual(whole)
  })

  test.each(['(null)', ''])('is nobody for %j', (unset) => {
    expect(outcome({ [CERTIFICATE]: unset, [VERDICT]: 'NONE', [chainHeader(0)]: unset })).toEqual({ kind: 'none' })
  })

  test.each([
    ['two blocks', oneLine(pem + pem), 'ERR_HEADERS_CERTIFICATE_COUNT'],
    ['two values, as Apache merges duplicates', `${oneLine(pem)}, ${oneLine(pem)}`, 'ERR_ENCODING_PEM'],
    ['escapes in the body of one line', oneLine(pem).replace('MII', '%4dII'), 'ERR_ENCODING_PEM'],
    ['an escape that is cut short', `${escaped(pem)}%0`, 'ERR_ENCODING_PERCENT'],
    ['escapes of escapes', escaped(pem).replaceAll('%', '%25'), 'ERR_ENCODING_PEM'],
    ['base64 of base64', inBase64(inBase64(pem)), 'ERR_ENCODING_PEM'],
    ['base64 of DER', base64(leaf.certificate.der), 'ERR_ENCODING_PEM'],
    ['base64 of two blocks', inBase64(pem + pem), 'ERR_HEADERS_CERTIFICATE_COUNT'],
    ['white space before it', ` ${oneLine(pem)}`, 'ERR_ENCODING_BASE64'],
    ['(NULL)', '(NULL)', 'ERR_ENCODING_BASE64'],
    ['a word', 'SPOOF-a', 'ERR_ENCODING_BASE64'],
    ['another label', oneLine(pem).replaceAll('CERTIFICATE', 'TRUSTED CERTIFICATE'), 'ERR_ENCODING_PEM'],
  ])('is refused with %s', (_, text, code) => {
    expect(outcome({ [CERTIFICATE]: text, [VERDICT]: 'SUCCESS' })).toMatchObject({ kind: 'refused', code })
  })

  test('is looked at up to the limit, in each of its ways', () => {
    const past = (text: string) => text.padEnd(MAX_CERTIFICATE_CHARACTERS + 1, 'A')
    for (const [, write] of WAYS) {
      const text = past(write(pem))
      expect(outcome({ [CERTIFICATE]: text, [VERDICT]: 'SUCCESS' })).toMatchObject({ code: 'ERR_ENCODING_TOO_LARGE' })
      expect(outcome({ [CERTIFICATE]: text.slice(0, -1), [VERDICT]: 'SUCCESS' })).toMatchObject({
        code: expect.stringMatching(/^ERR_ENCODING_(PEM|BASE64)$/) as string,
      })
    }
  })
})

describe('the chain of Apache', () => {
  const [first, second] = [oneLine(lower.certificate.pem), oneLine(upper.certificate.pem)]
  const own = { [CERTIFICATE]: oneLine(pem), [VERDICT]: 'SUCCESS' }

  test('is refused with an entry behind a gap: a name that Apache does not set passes through it (measured)', () => {
    for (const gap of [{}, { [chainHeader(1)]: '(null)' }, { [chainHeader(1)]: '' }]) {
      expect(outcome({ ...own, [chainHeader(0)]: first, ...gap, [chainHeader(7)]: second })).toMatchObject({
        code: 'ERR_HEADERS_SYNTAX',
      })
    }
    expect(outcome({ ...own, [chainHeader(7)]: 'SPOOF-chain7' })).toMatchObject({ code: 'ERR_HEADERS_SYNTAX' })
  })

  test('is refused with an entry that is no certificate, and none is left out (client-certificate-auth #187)', () => {
    expect(outcome({ ...own, [chainHeader(0)]: 'SPOOF-chain0', [chainHeader(1)]: second })).toMatchObject({
      code: 'ERR_ENCODING_BASE64',
    })
  })

  test('is refused without the certificate, which somebody had deleted', () => {
    expect(outcome({ [chainHeader(0)]: first })).toMatchObject({ code: 'ERR_HEADERS_CERTIFICATE_COUNT' })
    expect(outcome({ [CERTIFICATE]: '(null)', [VERDICT]: 'NONE', [chainHeader(0)]: first })).toMatchObject({
      code: 'ERR_HEADERS_CERTIFICATE_COUNT',
    })
  })

  test('has ten headers, all of which are asserted, also under another name', () => {
    const all = Object.fromEntries(Array.from({ length: 10 }, (_, index) => [chainHeader(index), first]))
    expect(outcome({ ...own, ...all })).toMatchObject({ base64: { length: 11 } })
    const renamed = createFormat('apache', { headers: { certificate: 'x-cert', chain: 'x-issuer-' } })
    expect(renamed.assertedHeaders).toEqual([
      'x-cert',
      VERDICT,
      ...Array.from({ length: 10 }, (_, index) => `x-issuer-${index}`),
    ])
    expect(
      outcomeOf(
        renamed,
        linesOf({ 'x-cert': oneLine(pem), [VERDICT]: 'SUCCESS', 'x-issuer-0': first, 'x-issuer-1': second }),
      ),
    ).toEqual(whole)
  })

  test('is part of what is remembered, with the signature of the end entity at the end', () => {
    const textOf = (headers: Readonly<Record<string, string>>) =>
      unwrap(format.read(linesOf(headers))).certificate?.text
    expect(textOf(own)).not.toBe(textOf({ ...own, [chainHeader(0)]: first }))
    expect(textOf({ ...own, [chainHeader(0)]: first })?.endsWith(oneLine(pem))).toBe(true)
  })
})

describe('the verdict of Apache', () => {
  test('must be there with a certificate: a client can have it deleted with Connection (measured)', () => {
    expect(outcome({ [CERTIFICATE]: oneLine(pem) })).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
  })

  test('must be a success where it must succeed, and nobody is nobody still', () => {
    expect(outcomeOf(format, linesOf({ [CERTIFICATE]: '(null)', [VERDICT]: 'NONE' }), 'must-succeed')).toEqual({
      kind: 'none',
    })
    expect(
      outcomeOf(format, linesOf({ [CERTIFICATE]: oneLine(pem), [VERDICT]: 'GENEROUS' }), 'must-succeed'),
    ).toMatchObject({ code: 'ERR_EVIDENCE_VERDICT' })
  })

  test('is never success for GENEROUS, which is judged again here (measured: it becomes SUCCESS on resumption)', () => {
    const lines = linesOf({ [CERTIFICATE]: oneLine(pem), [VERDICT]: 'GENEROUS' })
    const { verdict } = unwrap(format.read(lines))
    expect(verdict && unwrap(verdict)).toEqual({ said: 'failed', reason: 'path' })
    expect(withVerdict('GENEROUS')).toEqual(alone)
  })

  test("is OpenSSL's reason behind FAILED, which is judged again here or refused", () => {
    expect(withVerdict('FAILED:self-signed certificate in certificate chain')).toEqual(alone)
    expect(withVerdict('FAILED:certificate revoked')).toMatchObject({ code: 'ERR_EVIDENCE_VERDICT' })
  })

  test.each(['NONE', '(null)', ''])('contradicts a certificate when it is %j', (verdict) => {
    expect(withVerdict(verdict)).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
  })

  test.each(['SUCCESS', 'GENEROUS', 'FAILED:certificate has expired'])(
    'contradicts nobody when it is %j',
    (verdict) => {
      const refusal = outcome({ [CERTIFICATE]: '(null)', [VERDICT]: verdict })
      expect(refusal).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
    },
  )

  test.each(['success', 'SUCCESS-SPOOF', 'SUCCESS, SUCCESS', 'GENEROUS ', 'generous', '0', '(NULL)'])(
    'is refused when Apache writes no such word: %j',
    (verdict) => {
      expect(withVerdict(verdict)).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    },
  )
})

describe('what Apache would write', () => {
  test('is PEM on one line, and (null) for what is not there', () => {
    expect(format.encode(forwarded(leaf))).toEqual({
      [CERTIFICATE]: oneLine(pem),
      [VERDICT]: 'SUCCESS',
      [chainHeader(0)]: oneLine(lower.certificate.pem),
      [chainHeader(1)]: oneLine(upper.certificate.pem),
      ...Object.fromEntries([2, 3, 4, 5, 6, 7, 8, 9].map((index) => [chainHeader(index), '(null)'])),
    })
    expect(Object.values(format.encode(null)).filter((value) => value !== '(null)')).toEqual(['NONE'])
  })

  test('is decoded to the octets that were encoded', () => {
    const der = fc.uint8Array({ minLength: 1, maxLength: 200 })
    fc.assert(
      fc.property(der, fc.array(der, { maxLength: 10 }), (first, rest) => {
        const lines = linesOf(format.encode(forwarded(leaf, { certificates: [first, ...rest] })))
        expect(outcomeOf(format, lines)).toEqual({ kind: 'certificates', base64: [first, ...rest].map(base64) })
      }),
    )
  })
})

test('whatever stands in the headers of Apache, the reader does not throw, and reads a certificate that is there', () => {
  const piece = fc.oneof(
    fc.constantFrom('', '(null)', oneLine(pem), escaped(pem), inBase64(pem), '-----BEGIN ', '-----BEGIN%', '%', ', '),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  const value = fc.array(piece, { maxLength: 3 }).map((pieces) => pieces.join(''))
  const verdict = fc.constantFrom('SUCCESS', 'NONE', 'GENEROUS', 'FAILED:x', '(null)')
  fc.assert(
    fc.property(value, value, verdict, (text, entry, said) => {
      const read = outcome({ [CERTIFICATE]: text, [chainHeader(0)]: entry, [VERDICT]: said })
      if (read.kind === 'certificates') expect(read.base64[0]).toBe(base64(leaf.certificate.der))
      if (read.kind === 'none') expect(['', '(null)']).toContain(text)
    }),
    { numRuns: 500 },
  )
})
