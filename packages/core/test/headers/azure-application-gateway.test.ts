import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { encodePercent } from '../../src/encoding/percent.ts'
import { MAX_CERTIFICATE_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const CERTIFICATE = 'x-client-certificate'
const VERDICT = 'x-client-certificate-verification'
const leaf = createAuthority().issue()
const { pem } = leaf.certificate
const oneLine = pem.trimEnd().replaceAll('\n', ' ')
const own = { kind: 'certificates', base64: [Buffer.from(leaf.certificate.der).toString('base64')] }
const format = createFormat('azure-application-gateway')
const outcome = (certificate: string, verdict: string | null = 'SUCCESS') =>
  outcomeOf(format, linesOf({ [CERTIFICATE]: certificate, ...(verdict === null ? {} : { [VERDICT]: verdict }) }))

describe('the certificate of an Azure Application Gateway', () => {
  test.each([
    ['percent-encoded PEM', encodePercent(pem)],
    ['percent-encoded PEM with + and / as they are', pem.replaceAll(' ', '%20').replaceAll('\n', '%0A')],
    ['PEM on one line', oneLine],
  ])('is read from %s (unconfirmed which it is)', (_, text) => {
    expect(outcome(text)).toEqual(own)
  })

  test.each([
    ['two of them', encodePercent(pem + pem), 'ERR_HEADERS_CERTIFICATE_COUNT'],
    ['escapes in PEM on one line', oneLine.replace('MII', '%4DII'), 'ERR_ENCODING_PEM'],
    ['base64 alone', own.base64.join(''), 'ERR_ENCODING_PEM'],
    ['a lone percent sign', `${encodePercent(pem)}%`, 'ERR_ENCODING_PERCENT'],
    ['more than is looked at', oneLine.padEnd(MAX_CERTIFICATE_CHARACTERS + 1, ' '), 'ERR_ENCODING_TOO_LARGE'],
  ])('is refused with %s', (_, text, code) => {
    expect(outcome(text)).toMatchObject({ code })
  })

  test('is looked at up to the limit', () => {
    expect(outcome(oneLine.padEnd(MAX_CERTIFICATE_CHARACTERS, ' '))).toEqual(own)
  })
})

describe('the verdict of an Azure Application Gateway', () => {
  test('is SUCCESS, FAILED with a reason, or NONE', () => {
    expect(outcome('', 'NONE')).toEqual({ kind: 'none' })
    expect(outcome(oneLine, 'FAILED:certificate has expired')).toEqual(own)
    expect(outcome(oneLine, 'FAILED:certificate revoked')).toMatchObject({ code: 'ERR_EVIDENCE_VERDICT' })
    expect(outcome(oneLine, 'FAILED:whatever Azure says')).toMatchObject({ code: 'ERR_EVIDENCE_VERDICT' })
    expect(outcome(oneLine, 'success')).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
  })

  test('contradicts a certificate when it is NONE, nobody when it is SUCCESS, and both when it is not there', () => {
    expect(outcome(oneLine, 'NONE')).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
    expect(outcome('', 'SUCCESS')).toMatchObject({
      code: 'ERR_EVIDENCE_CONTRADICTION',
      proxyHint: format.missingCertificateHint,
    })
    expect(outcome(oneLine, null)).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
  })
})

test('what a gateway would write is decoded to what was encoded, and nothing makes the reader throw', () => {
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.string({ unit: 'binary' }), (der, text) => {
      const lines = linesOf(format.encode(forwarded(leaf, { certificates: [der] })))
      expect(outcomeOf(format, lines)).toMatchObject({ base64: [Buffer.from(der).toString('base64')] })
      for (const value of [text, `-----BEGIN ${text}`, `${encodePercent(pem)}${text.trim()}x`]) {
        expect(outcome(value).kind).toBe('refused')
      }
    }),
  )
  expect(format.encode(null)).toEqual({ [VERDICT]: 'NONE' })
})
