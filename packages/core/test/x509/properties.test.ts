import { createAuthority, createKeyPool, der, extension } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { parseCertificate } from '../../src/x509/certificate.ts'
import { certificateRef } from '../../src/x509/certificate-ref.ts'
import { nameAttributes, nameToString } from '../../src/x509/name.ts'
import { mutate, mutation, octet } from './mutations.ts'

const root = createAuthority({ keyPool: createKeyPool() })

/** Between them they have every field and every extension that is decoded. */
const GOOD = [
  root.certificate.der,
  root.issue({ version: 1 }).certificate.der,
  createAuthority({ key: 'rsa2048' }).certificate.der,
  root.issue({
    subject: [{ O: 'Example' }, { CN: { text: 'Zo\u00eb', as: 'bmp' }, UID: '42' }],
    basicConstraints: { ca: true, pathLen: 3 },
    san: {
      dns: 'a.example',
      email: 'a@b.example',
      uri: 'spiffe://a/b',
      ip: ['192.0.2.1', '2001:db8::1'],
      directoryName: { O: 'Example', CN: 'alice' },
      rid: '1.3.6.1.4.1.32473.1',
      otherName: { type: '1.3.6.1.4.1.311.20.2.3', value: der.string('a', 'utf8') },
    },
    authorityKeyIdentifier: { keyIdentifier: der.hex('aa'), issuer: { directoryName: 'ca' }, serialNumber: 1n },
    extensions: [
      extension.certificatePolicies(['1.3.6.1.4.1.32473.2']),
      extension.nameConstraints({ excluded: { dns: 'x' } }),
    ],
  }).certificate.der,
]

/**
 * Reads the bytes, and where they are a certificate does with it what later legs do without a try of their own: whatever a
 * reader leaves for later must not fail then.
 */
function readAndUse(bytes: Uint8Array): boolean {
  const result = parseCertificate(bytes)
  if (!result.ok) {
    expect(result.failure.leg).toBe('x509')
    return false
  }
  const certificate = result.value
  const names = [certificate.issuer, certificate.subject]
  for (const name of certificate.extensions.subjectAltName ?? [])
    if (name.type === 'directoryName') names.push(name.value)
  for (const name of names) {
    expect(typeof nameToString(name)).toBe('string')
    expect(nameAttributes(name).length > 0).toBe(!name.isEmpty)
  }
  expect(certificateRef(certificate, 0).subject.length).toBeLessThanOrEqual(256)
  expect(Number.isFinite(certificate.notBefore) && Number.isFinite(certificate.notAfter)).toBe(true)
  return true
}

describe('whatever a peer presents', () => {
  test('is read or refused, never thrown: arbitrary bytes', () => {
    fc.assert(
      fc.property(fc.array(octet, { maxLength: 300 }), (octets) => {
        readAndUse(Uint8Array.from(octets))
      }),
      { numRuns: 3_000 },
    )
  })

  test('is read or refused, never thrown: good certificates after up to three changes', () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.constantFrom(...GOOD), fc.array(mutation, { minLength: 1, maxLength: 3 }), (good, changes) => {
        if (readAndUse(changes.reduce(mutate, good))) accepted++
      }),
      { numRuns: 6_000 },
    )
    // A change within a key, a name or a number leaves a certificate: were there none, little would have been tested.
    expect(accepted).toBeGreaterThan(100)
  })

  test('is read or refused, never thrown: every octet of a good certificate set to what confuses parsers', () => {
    for (const good of GOOD) {
      for (let at = 0; at < good.length; at++) {
        for (const confusing of [0x00, 0x01, 0x1f, 0x30, 0x7f, 0x80, 0x84, 0xff]) readAndUse(good.with(at, confusing))
      }
    }
  })

  test('is refused at every length short of the whole', () => {
    for (const good of GOOD) {
      expect(readAndUse(good)).toBe(true)
      for (let length = 0; length < good.length; length++) expect(readAndUse(good.slice(0, length))).toBe(false)
    }
  })

  test.each([
    ['64 kB of one tag', (length: number) => new Uint8Array(length).fill(0x30)],
    ['64 kB of zeros', (length: number) => new Uint8Array(length)],
    ['64 kB of nested sequences', (length: number) => der.hex('30 80'.repeat(length / 2))],
    [
      'a name of 60 kB, each character to be escaped',
      (length: number) => root.issue({ subject: { CN: ','.repeat(length - 5_000) } }).certificate.der,
    ],
    [
      'a thousand directory names of a few attributes',
      (length: number) => {
        const directoryName = Array.from({ length: 900 }, (_, arc) => ({ [`1.3.${arc}`]: '', [`1.4.${arc}`]: '' }))
        return root.issue({ san: { directoryName }, subject: { CN: 'a'.repeat(length - 38_000) } }).certificate.der
      },
    ],
    [
      'a serial number of 60 kB',
      (length: number) => root.issue({ serialNumber: new Uint8Array(length - 5_000).fill(0x11) }).certificate.der,
    ],
    [
      'key usage of 60 kB',
      (length: number) =>
        root.issue({
          extensions: [{ oid: '2.5.29.15', value: der.bitString(new Uint8Array(length - 5_000).fill(0x80, 0, 1)) }],
        }).certificate.der,
    ],
  ])('costs what its octets cost: %s', (_, make) => {
    const bytes = make(65_536)
    // Fifty times, so that work which grows faster would not end within the time a test is given.
    for (let time = 0; time < 50; time++) readAndUse(bytes)
    expect(bytes.length).toBeGreaterThan(50_000)
  })
})
