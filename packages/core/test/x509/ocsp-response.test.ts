import {
  createAuthority,
  createKeyPool,
  der,
  encodeBasicResponse,
  encodeName,
  issueResponder,
  mintOcspError,
  mintOcspResponse,
  type OcspReason,
  type OcspResponseOptions,
  type SingleResponseOptions,
} from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Malformed } from '../../src/x509/malformed.ts'
import { MAX_RESPONSE_CERTIFICATES, MAX_SINGLE_RESPONSES, parseOcspResponse } from '../../src/x509/ocsp-response.ts'
import { membersOf } from './minted.ts'

const root = createAuthority({ keyPool: createKeyPool() })
const leaf = root.issue()
const signer = issueResponder(root)
const AT = root.at.getTime()

const answer = (changes: Partial<OcspResponseOptions> = {}, single: SingleResponseOptions = {}): Uint8Array =>
  mintOcspResponse({ issuer: root, responses: [{ certificate: leaf, ...single }], ...changes })

function basicOf(octets: Uint8Array) {
  const result = parseOcspResponse(octets)
  if (!result.ok) throw new Error(`${result.failure.field}: ${result.failure.reason}`)
  if (result.value.status !== 'successful') throw new Error(result.value.status)
  return result.value.basic
}

function refusalOf(octets: Uint8Array): Malformed {
  const result = parseOcspResponse(octets)
  if (result.ok) throw new Error('read, where a refusal was expected')
  return result.failure
}

const singleOf = (single: SingleResponseOptions) => basicOf(answer({}, single)).responses[0]

/** Replaces members of the signed part: responderID, producedAt, responses, and what follows. */
const withMembers = (change: (members: Uint8Array[]) => Uint8Array[]) =>
  answer({ alterTbs: (tbs) => der.sequence(...change(membersOf(tbs))) })

describe('an OCSP response (RFC 6960 4.2.1)', () => {
  test('is read whole', () => {
    const nonce = new Uint8Array(32).fill(7)
    const basic = basicOf(answer({ signer, nonce, producedAt: new Date(AT + 5_000) }))
    expect(basic).toMatchObject({
      responderId: { by: 'name', name: { der: encodeName('OCSP responder') } },
      producedAt: AT + 5_000,
      nonce,
      unknownCritical: null,
      signatureAlgorithm: { oid: '1.2.840.10045.4.3.2', parameters: null },
      certificates: [signer.certificate.der],
    })
    expect(basic.responses).toMatchObject([
      { status: { kind: 'good' }, thisUpdate: AT, nextUpdate: AT + 86_400_000, unknownCritical: null },
    ])
    expect(Object.isFrozen(basic)).toBe(true)
  })

  test('is a view: nothing is copied', () => {
    const octets = answer({ signer })
    const { tbs, signature, certificates } = basicOf(octets)
    for (const part of [tbs, signature, ...certificates]) expect(part.buffer).toBe(octets.buffer)
  })

  test.each(['malformedRequest', 'internalError', 'tryLater', 'sigRequired', 'unauthorized'] as const)(
    'may be the error %s, alone',
    (name) => {
      expect(parseOcspResponse(mintOcspError(name))).toEqual({ ok: true, value: { status: name } })
    },
  )

  test.each([4, 7, 127, 255])('has no status %i', (status) => {
    expect(refusalOf(mintOcspError(status))).toMatchObject({ field: 'responseStatus' })
  })

  test('has a status of one octet', () => {
    expect(refusalOf(der.sequence(der.hex('0a020001')))).toMatchObject({ field: 'responseStatus' })
    expect(refusalOf(der.sequence(der.hex('0a00')))).toMatchObject({ field: 'responseStatus' })
  })

  test('has an answer where it is successful, and none where it is an error', () => {
    const [successful, bytes] = membersOf(answer())
    if (!successful || !bytes) throw new Error('two members')
    expect(refusalOf(der.sequence(successful))).toMatchObject({ field: 'responseBytes' })
    expect(refusalOf(der.sequence(der.enumerated(3), bytes))).toMatchObject({ field: 'responseBytes' })
  })

  test('is of the one type that there is, id-pkix-ocsp-basic', () => {
    const bytes = der.sequence(der.oid('1.3.6.1.5.5.7.48.1.9'), der.octetString(new Uint8Array()))
    expect(refusalOf(der.sequence(der.enumerated(0), der.explicit(0, bytes)))).toMatchObject({
      field: 'responseType',
      reason: 'a response of type 1.3.6.1.5.5.7.48.1.9, not id-pkix-ocsp-basic',
    })
  })

  test('has nothing behind it, on any level', () => {
    const whole = answer({ signer })
    expect(refusalOf(der.concat(whole, der.nullValue()))).toMatchObject({ reason: '2 trailing bytes' })
    expect(refusalOf(der.sequence(...membersOf(whole), der.nullValue()))).toMatchObject({ field: 'responseBytes' })
    expect(refusalOf(encodeBasicResponse(der.concat(der.sequence(), der.nullValue())))).toMatchObject({
      reason: '2 trailing bytes',
    })
    expect(refusalOf(withMembers((members) => [...members, der.nullValue()]))).toMatchObject({
      field: 'tbsResponseData',
    })
  })
})

describe('the signed part', () => {
  test('is of version 1, which being the default is never written (X.690 11.5)', () => {
    const version = (number: number) => withMembers((members) => [der.explicit(0, der.integer(number)), ...members])
    expect(refusalOf(version(0))).toMatchObject({ field: 'version', reason: 'v1 is never written out' })
    expect(refusalOf(version(1))).toMatchObject({ field: 'version', reason: 'version 2' })
  })

  test('names the signer by its name or by the SHA-1 of its key', () => {
    expect(basicOf(answer({ responderId: 'name' })).responderId).toMatchObject({ by: 'name' })
    const { responderId } = basicOf(answer({ responderId: 'key' }))
    expect(responderId.by === 'key' && responderId.keyHash).toHaveLength(20)
  })

  test.each([
    ['neither', der.explicit(3, der.nullValue())],
    ['a name and more', der.explicit(1, encodeName('a'), der.nullValue())],
    ['a hash and more', der.explicit(2, der.octetString(new Uint8Array(20)), der.nullValue())],
    ['no hash', der.explicit(2, der.nullValue())],
  ])('and not by %s', (_, responderId) => {
    expect(refusalOf(answer({ responderId }))).toMatchObject({ field: 'responderID' })
  })

  test('is dated in GeneralizedTime, to the second and in UTC (RFC 6960 4.2.2.1, RFC 5280 4.1.2.5.2)', () => {
    expect(basicOf(answer({ producedAt: der.generalizedTime(new Date('2051-01-01T00:00:00Z')) })).producedAt).toBe(
      Date.parse('2051-01-01T00:00:00Z'),
    )
    for (const producedAt of [
      der.utcTime(root.at),
      timeOf('20260101000000.5Z'),
      timeOf('202601010000Z'),
      timeOf('20260101000000+0100'),
      timeOf('20260230000000Z'),
      der.nullValue(),
    ]) {
      expect(refusalOf(answer({ producedAt }))).toMatchObject({ field: 'producedAt' })
    }
  })

  test(`has ${MAX_SINGLE_RESPONSES} statuses at most, or none`, () => {
    const many = (length: number) => answer({ responses: Array.from({ length }, () => ({ certificate: leaf })) })
    expect(basicOf(many(0)).responses).toEqual([])
    expect(basicOf(many(MAX_SINGLE_RESPONSES)).responses).toHaveLength(MAX_SINGLE_RESPONSES)
    expect(refusalOf(many(MAX_SINGLE_RESPONSES + 1))).toMatchObject({ field: 'responses' })
  })
})

/** GeneralizedTime with any text in it. */
const timeOf = (text: string): Uint8Array => der.concat(Uint8Array.of(0x18, text.length), Buffer.from(text))

describe('the status of one certificate', () => {
  test('is good, revoked or unknown', () => {
    expect(singleOf({ status: 'good' })?.status).toEqual({ kind: 'good' })
    expect(singleOf({ status: 'unknown' })?.status).toEqual({ kind: 'unknown' })
    expect(singleOf({ status: { revokedAt: new Date(AT - 1_000), reason: 'superseded' } })?.status).toEqual({
      kind: 'revoked',
      revokedAt: AT - 1_000,
      reason: 'superseded',
    })
  })

  test.each<[OcspReason | undefined, string]>([
    [undefined, 'unspecified'],
    ['unspecified', 'unspecified'],
    ['keyCompromise', 'keyCompromise'],
    ['cACompromise', 'cACompromise'],
    ['affiliationChanged', 'affiliationChanged'],
    ['cessationOfOperation', 'cessationOfOperation'],
    ['certificateHold', 'certificateHold'],
    ['privilegeWithdrawn', 'privilegeWithdrawn'],
    ['aACompromise', 'aACompromise'],
    // Revoked is revoked: a reason that means nothing here makes nobody good.
    ['removeFromCRL', 'unspecified'],
    [7, 'unspecified'],
    [11, 'unspecified'],
    [255, 'unspecified'],
  ])('revoked for the reason %j is for %s (RFC 5280 5.3.1)', (reason, expected) => {
    const status = reason === undefined ? {} : { reason }
    expect(singleOf({ status })?.status).toMatchObject({ kind: 'revoked', reason: expected })
  })

  const withStatus = (...status: readonly Uint8Array[]) =>
    withMembers(([id = der.nullValue(), at = der.nullValue(), list = der.nullValue(), ...rest]) => {
      const [single = der.nullValue()] = membersOf(list)
      return [id, at, der.sequence(der.sequence(...membersOf(single).toSpliced(1, 1, ...status))), ...rest]
    })

  test.each([
    ['none', []],
    ['of another tag', [der.implicitPrimitive(3, new Uint8Array())]],
    ['a good one with contents', [der.implicitPrimitive(0, Uint8Array.of(0))]],
    ['an unknown one with contents', [der.implicitPrimitive(2, Uint8Array.of(0))]],
    ['a good one that is constructed', [der.explicit(0)]],
    ['revoked without a time', [der.explicit(1)]],
    ['revoked in UTCTime', [der.explicit(1, der.utcTime(root.at))]],
    [
      'revoked for a reason of two octets',
      [der.explicit(1, der.generalizedTime(root.at), der.explicit(0, der.hex('0a020001')))],
    ],
    ['revoked with more behind it', [der.explicit(1, der.generalizedTime(root.at), der.nullValue())]],
  ])('is not %s', (_, status) => {
    expect(refusalOf(withStatus(...status))).toMatchObject({ field: 'responses' })
  })

  test('may be without nextUpdate', () => {
    expect(singleOf({ nextUpdate: null })?.nextUpdate).toBeNull()
    expect(singleOf({ nextUpdate: new Date(AT + 1_000) })?.nextUpdate).toBe(AT + 1_000)
  })

  test('is dated in GeneralizedTime', () => {
    expect(refusalOf(answer({}, { thisUpdate: der.utcTime(root.at) }))).toMatchObject({ field: 'responses' })
    expect(refusalOf(answer({}, { nextUpdate: der.utcTime(root.at) }))).toMatchObject({ field: 'responses' })
  })

  test('is of a CertID with all its parts', () => {
    const [algorithm = der.nullValue(), ...rest] = membersOf(certIdOf(answer()))
    expect(singleOf({ certId: der.sequence(algorithm, ...rest) })?.certId).toMatchObject({
      hashAlgorithm: { oid: '1.3.14.3.2.26' },
    })
    for (const broken of [
      der.sequence(algorithm),
      der.sequence(...rest),
      der.sequence(algorithm, ...rest, der.nullValue()),
      der.sequence(algorithm, ...rest.slice(0, 2), der.integer(der.hex('0001'))),
    ]) {
      expect(refusalOf(answer({}, { certId: broken }))).toMatchObject({ field: 'responses' })
    }
  })
})

const certIdOf = (octets: Uint8Array): Uint8Array => {
  const [, , list = der.nullValue()] = membersOf(basicOf(octets).tbs)
  return membersOf(membersOf(list)[0] ?? der.nullValue())[0] ?? der.nullValue()
}

describe('extensions (RFC 6960 4.4)', () => {
  const unknown = (critical: boolean, oid = '1.3.6.1.4.1.32473.9') => ({ oid, critical, value: der.nullValue() })

  test('that are not known are named where they are critical', () => {
    expect(basicOf(answer({ extensions: [unknown(false)] })).unknownCritical).toBeNull()
    expect(basicOf(answer({ extensions: [unknown(true)] })).unknownCritical).toBe('1.3.6.1.4.1.32473.9')
    expect(singleOf({ extensions: [unknown(false)] })?.unknownCritical).toBeNull()
    expect(singleOf({ extensions: [unknown(false, '1.2.3'), unknown(true)] })?.unknownCritical).toBe(
      '1.3.6.1.4.1.32473.9',
    )
  })

  test('come once each, and not as an empty list', () => {
    expect(refusalOf(answer({ extensions: [unknown(false), unknown(true)] })).field).toBe('responseExtensions')
    const empty = withMembers((members) => [...members, der.explicit(1, der.sequence())])
    expect(refusalOf(empty)).toMatchObject({ field: 'responseExtensions' })
  })

  test.each([1, 32, 128])('a nonce of %i octets is read (RFC 9654 2.1)', (length) => {
    expect(basicOf(answer({ nonce: new Uint8Array(length).fill(1) })).nonce).toHaveLength(length)
  })

  test.each([0, 129])('a nonce of %i octets is none', (length) => {
    expect(refusalOf(answer({ nonce: new Uint8Array(length) }))).toMatchObject({ field: 'responseExtensions' })
  })

  test('a nonce that is no OCTET STRING is none', () => {
    const raw = { oid: '1.3.6.1.5.5.7.48.1.2', value: der.hex('aabbcc') }
    expect(refusalOf(answer({ extensions: [raw] }))).toMatchObject({ field: 'responseExtensions' })
  })
})

describe('certificates that come along', () => {
  test(`are ${MAX_RESPONSE_CERTIFICATES} at most, and not read yet`, () => {
    const garbage = { ...leaf.certificate, der: der.sequence(der.nullValue()) }
    const many = (length: number) => answer({ certificates: Array.from({ length }, () => garbage) })
    expect(basicOf(many(0)).certificates).toEqual([])
    expect(basicOf(many(MAX_RESPONSE_CERTIFICATES)).certificates).toHaveLength(MAX_RESPONSE_CERTIFICATES)
    expect(refusalOf(many(MAX_RESPONSE_CERTIFICATES + 1))).toMatchObject({ field: 'certs' })
  })

  test('are each a SEQUENCE', () => {
    expect(refusalOf(answer({ certificates: [{ ...leaf.certificate, der: der.nullValue() }] }))).toMatchObject({
      field: 'certs',
    })
  })
})

describe('whatever a responder sends', () => {
  const good = answer({ signer, nonce: new Uint8Array(32), responderId: 'key' }, { status: { reason: 'superseded' } })
  const read = (octets: Uint8Array) => {
    const result = parseOcspResponse(octets)
    if (!result.ok) expect(result.failure.reason).not.toBe('')
    return result.ok
  }

  test('is read or refused, never thrown: arbitrary octets', () => {
    const octet = fc.oneof(
      fc.nat(255),
      fc.constantFrom(0x00, 0x02, 0x04, 0x0a, 0x18, 0x30, 0x80, 0x82, 0xa0, 0xa1, 0xa2),
    )
    fc.assert(
      fc.property(fc.array(octet, { maxLength: 300 }), (octets) => {
        read(Uint8Array.from(octets))
      }),
      { numRuns: 3_000 },
    )
  })

  test('is read or refused, never thrown: every octet of a good one set to what confuses parsers', () => {
    let accepted = 0
    for (let at = 0; at < good.length; at++) {
      for (const confusing of [0x00, 0x01, 0x1f, 0x30, 0x7f, 0x80, 0x84, 0xff])
        if (read(good.with(at, confusing))) accepted++
    }
    expect(accepted).toBeGreaterThan(1_000)
  })

  test('is refused at every length short of the whole', () => {
    expect(read(good)).toBe(true)
    for (let length = 0; length < good.length; length++) expect(read(good.slice(0, length))).toBe(false)
  })

  test.each([
    ['64 kB of one tag', (length: number) => new Uint8Array(length).fill(0x30)],
    ['64 kB of nested sequences', (length: number) => der.hex('30 80'.repeat(length / 2))],
    ['the most statuses', () => answer({ responses: Array.from({ length: 256 }, () => ({ certificate: leaf })) })],
  ])('costs what its octets cost: %s', (_, make) => {
    const octets = make(65_536)
    // Fifty times, so that work which grows faster would not end within the time a test is given.
    for (let time = 0; time < 50; time++) read(octets)
    expect(octets.length).toBeGreaterThan(20_000)
  })
})
