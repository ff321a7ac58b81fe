import { generateKeyPairSync } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { readElement, readElements } from '../../src/material/ber.ts'
import { findPfxKeys } from '../../src/material/pfx-keys.ts'

const key = generateKeyPairSync('ed25519').privateKey.export({ type: 'pkcs8', format: 'der' })

const bytes = (...parts: readonly (Uint8Array | number)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'number' ? Uint8Array.of(part) : part)))
const definite = (tag: number, ...content: readonly Uint8Array[]) => {
  const joined = Buffer.concat(content)
  return bytes(tag, 0x82, joined.length >> 8, joined.length & 0xff, joined)
}
const indefinite = (tag: number, ...content: readonly Uint8Array[]) => bytes(tag, 0x80, ...content, 0, 0)
const oid = (hex: string) => bytes(0x06, hex.length / 2, Buffer.from(hex, 'hex'))
const inPieces = (tag: number, content: Uint8Array, wrap: typeof definite) =>
  wrap(tag, definite(0x04, content.subarray(0, 5)), definite(0x04, content.subarray(5)))

const DATA = oid('2a864886f70d010701')
const ENCRYPTED_DATA = oid('2a864886f70d010706')
const KEY_BAG = oid('2a864886f70d010c0a0101')
const CERT_BAG = oid('2a864886f70d010c0a0103')

type Wrap = typeof definite

function pfx(wrap: Wrap, octets: (content: Uint8Array) => Uint8Array, ...bags: readonly Uint8Array[]): Uint8Array {
  const contents = wrap(0x30, ...bags)
  const encrypted = wrap(0x30, ENCRYPTED_DATA, wrap(0xa0, wrap(0x30)))
  const plain = wrap(0x30, DATA, wrap(0xa0, octets(contents)))
  const authSafe = wrap(0x30, DATA, wrap(0xa0, octets(wrap(0x30, encrypted, plain))))
  return wrap(0x30, bytes(0x02, 1, 3), authSafe)
}

const keyBag = (wrap: Wrap) => wrap(0x30, KEY_BAG, wrap(0xa0, key))
const certBag = (wrap: Wrap) => wrap(0x30, CERT_BAG, wrap(0xa0, wrap(0x30)))

test.each<[string, Uint8Array]>([
  ['definite lengths', pfx(definite, (content) => definite(0x04, content), certBag(definite), keyBag(definite))],
  [
    'indefinite lengths, and strings in pieces, as NSS writes it (X.690 8.1.3.6, 8.7.3)',
    pfx(indefinite, (content) => inPieces(0x24, content, indefinite), certBag(indefinite), keyBag(indefinite)),
  ],
])('finds the key among %s', (_, file) => {
  expect(findPfxKeys(file)).toEqual(
    [{ kind: 'plain', der: new Uint8Array(key) }].map((each) => ({ ...each, der: Buffer.from(each.der) })),
  )
})

test('finds none where there is none', () => {
  expect(findPfxKeys(pfx(definite, (content) => definite(0x04, content), certBag(definite)))).toEqual([])
})

test.each<[string, Uint8Array]>([
  ['nothing', bytes()],
  ['a length that is behind the end', bytes(0x30, 0x05, 0x00)],
  ['a length of five octets', bytes(0x30, 0x85, 0, 0, 0, 0, 0)],
  ['an indefinite length of what is not constructed', bytes(0x04, 0x80, 0, 0)],
  ['an indefinite length without its end', bytes(0x30, 0x80, 0x05, 0x00)],
  ['a tag of several octets', bytes(0x3f, 0x81, 0x01, 0x00)],
])('refuses %s', (_, file) => {
  expect(() => readElement(file, 0)).toThrow(/broken at octet/)
})

test('takes elements 33 deep, and not 34', () => {
  const nested = (depth: number): Uint8Array =>
    Buffer.concat([...Array.from({ length: depth }, () => bytes(0x30, 0x80)), Buffer.alloc(2 * depth)])
  expect(readElement(nested(33), 0).end).toBe(33 * 4)
  expect(() => readElement(nested(34), 0)).toThrow(/broken/)
})

test('arbitrary bytes are read or refused, and what is read ends within them', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 200 }), (file) => {
      try {
        for (const { end } of readElements(file)) expect(end).toBeLessThanOrEqual(file.length)
        findPfxKeys(file)
      } catch (error) {
        expect(error).toBeInstanceOf(Error)
        expect(error).not.toBeInstanceOf(RangeError)
        expect(error).not.toBeInstanceOf(TypeError)
      }
    }),
  )
})
