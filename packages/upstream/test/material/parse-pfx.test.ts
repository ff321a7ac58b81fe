/** PFX as OpenSSL writes them, and one as NSS does: lengths indefinite, strings in pieces. */
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSecureContext } from 'node:tls'
import { DEFAULT_CLOCK, type Leaf } from '@clientcert/testing'
import { expect, test } from 'vitest'
import { MaterialError } from '../../src/material/material-error.ts'
import { parseMaterial } from '../../src/material/parse-material.ts'
import { issuing, named, pemOf, root } from './material-files.ts'

const ours = named('ours', {}, issuing)

/** Writes a PFX with other certificates beside its own, by OpenSSL. */
function pack(leaf: Leaf, others: string, passphrase: string, ...words: readonly string[]): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'clientcert-pfx-'))
  try {
    const file = (name: string, content: string) => {
      writeFileSync(join(directory, name), content)
      return join(directory, name)
    }
    const own = ['-in', file('own.pem', leaf.certificate.pem), '-inkey', file('key.pem', leaf.privateKeyPem)]
    const more = others === '' ? [] : ['-certfile', file('others.pem', others)]
    const out = join(directory, 'out.p12')
    execFileSync('openssl', [
      'pkcs12',
      '-export',
      ...own,
      ...more,
      '-passout',
      `pass:${passphrase}`,
      ...words,
      '-out',
      out,
    ])
    return readFileSync(out)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

const load = (bytes: Uint8Array, passphrase?: string, at = DEFAULT_CLOCK) =>
  parseMaterial(
    { own: { kind: 'pfx', pfx: { option: 'pfxFile', from: '/certs/a.p12', bytes }, passphrase }, authorities: null },
    at,
  )

function failureOf(bytes: Uint8Array, passphrase?: string, at = DEFAULT_CLOCK): MaterialError {
  try {
    load(bytes, passphrase, at)
  } catch (error) {
    if (error instanceof MaterialError) return error
    throw error
  }
  throw new Error('it was taken')
}

const packed = pack(ours.leaf, pemOf(issuing, root), 'right horse')

test('takes the certificate, its chain, and its key, which stays encrypted (RFC 7292 4.2.2)', () => {
  const { identity, endEntity, authorities, authoritiesFrom } = load(packed, 'right horse')
  expect(Buffer.from(endEntity?.der ?? [])).toEqual(Buffer.from(ours.leaf.certificate.der))
  expect(identity?.cert).toBe(pemOf(ours.leaf, issuing, root))
  expect(identity?.key.toString()).toContain('BEGIN ENCRYPTED PRIVATE KEY')
  expect({ authorities, authoritiesFrom }).toEqual({
    authorities: [root.certificate.pem],
    authoritiesFrom: 'self-signed-tail',
  })
  expect(() => createSecureContext({ ...identity })).not.toThrow()
})

test.each<[string, readonly string[]]>([
  ['AES-128', ['-keypbe', 'AES-128-CBC', '-certpbe', 'AES-128-CBC']],
  ['3DES as Windows does', ['-keypbe', 'PBE-SHA1-3DES', '-certpbe', 'PBE-SHA1-3DES', '-macalg', 'sha1']],
  ['certificates not at all', ['-certpbe', 'NONE']],
  ['nothing', ['-keypbe', 'NONE', '-certpbe', 'NONE']],
])('takes what is encrypted with %s', (_, words) => {
  const { identity } = load(pack(ours.leaf, pemOf(issuing), 'right horse', ...words), 'right horse')
  expect(identity?.cert).toBe(pemOf(ours.leaf, issuing))
  expect(() => createSecureContext({ ...identity })).not.toThrow()
})

test('the order of the others does not matter, and strangers among them are not ours', () => {
  const stranger = named('stranger').leaf
  const { identity } = load(pack(ours.leaf, pemOf(root, stranger, issuing), 'x'), 'x')
  expect(identity?.cert).toBe(pemOf(ours.leaf, issuing, root))
})

test.each(['', 'p\u00e4ssw\u00f6rd'])('a passphrase may be %j', (passphrase) => {
  const bytes = pack(ours.leaf, pemOf(issuing), passphrase)
  expect(() => createSecureContext({ ...load(bytes, passphrase || undefined).identity })).not.toThrow()
})

test('a certificate alone has the system as its authorities', () => {
  const { identity, authoritiesFrom } = load(pack(ours.leaf, '', 'x'), 'x')
  expect({ cert: identity?.cert, authoritiesFrom }).toEqual({ cert: pemOf(ours.leaf), authoritiesFrom: 'system' })
})

test('a wrong or missing passphrase is said to be that, and not shown', () => {
  const wrong = failureOf(packed, 'wrong horse')
  expect(wrong.failure).toMatchObject({ code: 'ERR_MATERIAL_PASSPHRASE', problem: 'wrong', option: 'pfxFile' })
  expect(wrong.message).not.toContain('horse')
  expect(failureOf(packed).failure).toMatchObject({ code: 'ERR_MATERIAL_PASSPHRASE', problem: 'missing' })
})

test('what is cut anywhere is refused', () => {
  for (let length = 0; length < packed.length; length += 97) {
    expect(failureOf(packed.subarray(0, length), 'right horse').code).toBe('ERR_MATERIAL_MALFORMED')
  }
})

test('what OpenSSL 3 does not open (RC2) is refused, with what to do', () => {
  const { code, message } = failureOf(pack(ours.leaf, '', 'x', '-legacy'), 'x')
  expect(code).toBe('ERR_MATERIAL_MALFORMED')
  expect(message).toMatch(/\/certs\/a\.p12 holds no whole PFX: .*such as RC2.*openssl pkcs12 -export/)
})

test('validity is that of the certificate in it (RFC 5280 4.1.2.5)', () => {
  expect(failureOf(packed, 'right horse', new Date('2030-01-01T00:00:00Z')).failure).toMatchObject({
    code: 'ERR_MATERIAL_EXPIRED',
    from: '/certs/a.p12',
    certificate: { subject: 'CN=ours' },
  })
})

test('takes a chain of ten, and of eleven not', () => {
  const below = (depth: number) => {
    const authorities = [root]
    for (let count = 1; count < depth - 1; count++)
      authorities.push((authorities.at(-1) ?? root).intermediate(`CA ${count}`))
    const leaf = named('deep', {}, authorities.at(-1)).leaf
    return pack(leaf, pemOf(...authorities), 'x')
  }
  expect(load(below(10), 'x').identity?.cert.split('BEGIN')).toHaveLength(11)
  expect(failureOf(below(11), 'x').failure).toMatchObject({ code: 'ERR_MATERIAL_TOO_LARGE', limit: 10, present: 11 })
})

/** The trap for which a PFX is taken apart: OpenSSL's context of one trusts the authorities in it. */
test('no identity is a PFX, of which a context would trust the authorities (Node 20 to 26)', () => {
  expect(Object.keys(load(packed, 'right horse').identity ?? {})).toEqual(['cert', 'key', 'passphrase'])
})
