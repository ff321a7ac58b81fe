import { createAuthority } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS, MAX_CHAIN_CHARACTERS, MAX_CHAIN_ENTRIES } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const root = createAuthority('Root CA')
const intermediate = root.intermediate('Intermediate CA')
const leaf = intermediate.issue('alice')

const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64')
/** URL-encoded, with `+`, `=` and `/` as they are. */
const inAlb = (pem: string) => pem.replaceAll(' ', '%20').replaceAll('\n', '%0A')
const own = { kind: 'certificates', base64: [base64(leaf.certificate.der)] }
const whole = { kind: 'certificates', base64: [leaf, intermediate].map(({ certificate }) => base64(certificate.der)) }
/** A body in which `+`, `/` and `=` stand. */
const PLUSES = Buffer.from('fbefbeffff', 'hex')

describe('the passthrough header of an Application Load Balancer', () => {
  const HEADER = 'x-amzn-mtls-clientcert'
  const format = createFormat('aws-alb')
  const outcome = (value: string) => outcomeOf(format, linesOf({ [HEADER]: value }))

  test('is the whole chain as the client presented it, end entity first', () => {
    expect(outcome(inAlb(leaf.certificate.pem + intermediate.certificate.pem))).toEqual(whole)
    expect(outcome(inAlb(leaf.fullChainPem))).toEqual(whole)
    expect(outcome(inAlb(leaf.certificate.pem))).toEqual(own)
  })

  test('has + for base64 and never for a space (client-certificate-auth #82, #83)', () => {
    const lines = format.encode(forwarded(leaf, { certificates: [PLUSES] }))
    expect(lines[HEADER]).toBe('-----BEGIN%20CERTIFICATE-----%0A++++//8=%0A-----END%20CERTIFICATE-----%0A')
    expect(outcomeOf(format, linesOf(lines))).toEqual({ kind: 'certificates', base64: ['++++//8='] })
    expect(outcome('-----BEGIN+CERTIFICATE-----%0A++++//8=%0A-----END+CERTIFICATE-----%0A')).toMatchObject({
      code: 'ERR_ENCODING_PEM',
    })
  })

  test('is nobody where it is empty or not there', () => {
    expect(outcome('')).toEqual({ kind: 'none' })
    expect(outcomeOf(format, new Map())).toEqual({ kind: 'none' })
    expect(format.encode(null)).toEqual({})
  })

  test('is refused whole where one of the chain is broken: none is left out (client-certificate-auth #187, #189)', () => {
    const [first, second] = [inAlb(leaf.certificate.pem), inAlb(intermediate.certificate.pem)]
    expect(outcome(first.replace('MII', 'M!I') + second)).toMatchObject({ code: 'ERR_ENCODING_PEM' })
    expect(outcome(first + second.replace('MII', 'M!I'))).toMatchObject({ code: 'ERR_ENCODING_PEM' })
  })

  test('has as many certificates as are decoded, and not one more', () => {
    const small = inAlb('-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n')
    expect(outcome(small.repeat(MAX_CHAIN_ENTRIES))).toMatchObject({ base64: { length: MAX_CHAIN_ENTRIES } })
    expect(outcome(small.repeat(MAX_CHAIN_ENTRIES + 1))).toMatchObject({ code: 'ERR_ENCODING_TOO_LARGE' })
  })

  test('is looked at up to the limit', () => {
    const padded = inAlb(leaf.certificate.pem).padEnd(MAX_CHAIN_CHARACTERS, ' ')
    expect(outcome(padded)).toEqual(own)
    expect(outcome(`${padded} `)).toMatchObject({ code: 'ERR_ENCODING_TOO_LARGE' })
  })

  test('comes without a verdict: nothing was validated', () => {
    expect(format.verdictHeader).toBeNull()
  })
})

describe('the headers of an Application Load Balancer in verify mode', () => {
  const HEADER = 'x-amzn-mtls-clientcert-leaf'
  const format = createFormat('aws-alb-verify')
  const outcome = (value: string) => outcomeOf(format, linesOf({ [HEADER]: value }))

  test('hold the end entity, and no more than one', () => {
    expect(outcome(inAlb(leaf.certificate.pem))).toEqual(own)
    expect(outcome(inAlb(leaf.certificate.pem + intermediate.certificate.pem))).toMatchObject({
      code: 'ERR_HEADERS_CERTIFICATE_COUNT',
    })
  })

  test('are looked at up to the limit', () => {
    const padded = inAlb(leaf.certificate.pem).padEnd(MAX_CERTIFICATE_CHARACTERS, ' ')
    expect(outcome(padded)).toEqual(own)
    expect(outcome(`${padded} `)).toMatchObject({ code: 'ERR_ENCODING_TOO_LARGE' })
  })

  test('are all asserted, and what stands in the certificate is not read from the others', () => {
    expect(format.assertedHeaders).toHaveLength(5)
    const lines = { ...format.encode(forwarded(leaf)), 'x-amzn-mtls-clientcert-subject': 'CN=mallory' }
    expect(outcomeOf(format, linesOf(lines))).toEqual(own)
  })

  test('say from when to when in UTC, without milliseconds', () => {
    const validity = { notBefore: new Date('2023-09-21T01:50:17Z'), notAfter: new Date('2024-09-20T01:50:17Z') }
    expect(format.encode(forwarded(leaf, validity))['x-amzn-mtls-clientcert-validity']).toBe(
      'NotBefore=2023-09-21T01:50:17Z;NotAfter=2024-09-20T01:50:17Z',
    )
    expect(format.encode(null)).toEqual({})
    expect(outcomeOf(format, new Map())).toEqual({ kind: 'none' })
  })
})

test.each(['aws-alb', 'aws-alb-verify'] as const)('%s is decoded to what was encoded, and never throws', (name) => {
  const format = createFormat(name)
  const { certificateHeader: header } = format
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 1, maxLength: 200 }), (der) => {
      const lines = format.encode(forwarded(leaf, { certificates: [der] }))
      expect(outcomeOf(format, linesOf(lines))).toEqual({ kind: 'certificates', base64: [base64(der)] })
    }),
  )
  const piece = fc.oneof(
    fc.constantFrom(inAlb(leaf.certificate.pem), '+', '%0A', '%', '-----BEGIN%20CERTIFICATE-----', ', '),
    fc.string({ unit: 'binary', maxLength: 4 }),
  )
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 4 }), (pieces) => {
      const outcome = outcomeOf(format, linesOf({ [header]: pieces.join('') }))
      if (outcome.kind === 'certificates') expect(new Set(outcome.base64)).toEqual(new Set(own.base64))
    }),
    { numRuns: 300 },
  )
})
