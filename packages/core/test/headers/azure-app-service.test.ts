import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const HEADER = 'x-arr-clientcert'
const leaf = createAuthority().issue()
const end = Buffer.from(leaf.certificate.der).toString('base64')
const format = createFormat('azure-app-service')
const outcome = (value: string) => outcomeOf(format, linesOf({ [HEADER]: value }))

describe('the header of Azure App Service', () => {
  test('is base64 of DER, and nobody where it is empty or not there', () => {
    expect(outcome(end)).toEqual({ kind: 'certificates', base64: [end] })
    expect(outcome('')).toEqual({ kind: 'none' })
    expect(outcomeOf(format, new Map())).toEqual({ kind: 'none' })
  })

  test.each([
    ['markers around it', leaf.certificate.pem.trimEnd().replaceAll('\n', ' '), 'ERR_ENCODING_BASE64'],
    ['a second one joined to it', `${end}, ${end}`, 'ERR_ENCODING_BASE64'],
    ['white space in it', `${end.slice(0, 64)} ${end.slice(64)}`, 'ERR_ENCODING_BASE64'],
    ['more than is looked at', 'A'.repeat(MAX_CERTIFICATE_CHARACTERS + 4), 'ERR_ENCODING_TOO_LARGE'],
  ])('is refused with %s', (_, value, code) => {
    expect(outcome(value)).toMatchObject({ code })
  })

  test('is looked at up to the limit', () => {
    expect(outcome('A'.repeat(MAX_CERTIFICATE_CHARACTERS))).toMatchObject({ kind: 'certificates' })
  })

  test('comes without a verdict: the platform validates nothing', () => {
    expect(format.verdictHeader).toBeNull()
  })

  test('is decoded to what was encoded, and never makes the reader throw', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), fc.string({ unit: 'binary' }), (der, text) => {
        const lines = linesOf(format.encode(forwarded(leaf, { certificates: [der] })))
        expect(outcomeOf(format, lines)).toMatchObject({ base64: [Buffer.from(der).toString('base64')] })
        const read = outcome(text)
        if (read.kind === 'certificates') expect(read.base64).toEqual([text])
      }),
    )
    expect(format.encode(null)).toEqual({})
  })
})
