/** What holds of every row of the registry. */
import { createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { createFormat, definitionOf, PROXY_NAMES } from '../../src/headers/registry.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { forwarded, linesOf } from './forwarded.ts'

const root = createAuthority('Root CA')
const intermediate = root.intermediate('Intermediate CA')
const leaf = intermediate.issue('alice')

describe.each(PROXY_NAMES)('%s', (name) => {
  const format = createFormat(name)

  test('asserts names in lower case, each once, the certificate and the verdict among them', () => {
    const { assertedHeaders, certificateHeader, verdictHeader, listHeaders } = format
    expect(assertedHeaders.map((header) => header.toLowerCase())).toEqual(assertedHeaders)
    expect(new Set(assertedHeaders).size).toBe(assertedHeaders.length)
    expect(assertedHeaders).toContain(certificateHeader)
    if (verdictHeader !== null) expect(assertedHeaders).toContain(verdictHeader)
    expect(assertedHeaders).toEqual(expect.arrayContaining([...(format.otherVerdictHeaders ?? [])]))
    for (const header of listHeaders) expect(assertedHeaders).toContain(header)
  })

  test('decodes what it encodes, to the octet', () => {
    const assertion = unwrap(format.read(linesOf(format.encode(forwarded(leaf)))))
    if (!assertion.certificate) throw new Error('no certificate')
    const [decoded, ...chain] = unwrap(assertion.certificate.decode())
    expect(Buffer.compare(decoded, leaf.certificate.der)).toBe(0)
    for (const each of chain) expect(Buffer.compare(each, intermediate.certificate.der)).toBe(0)
    expect(assertion.verdict && unwrap(assertion.verdict)).toEqual(
      format.verdictHeader === null ? null : { said: 'success' },
    )
  })

  test('says of nobody that there is nobody', () => {
    const { certificate, verdict } = unwrap(format.read(linesOf(format.encode(null))))
    expect(certificate).toBeNull()
    expect(verdict && unwrap(verdict)).toEqual(verdict && { said: 'none' })
    expect(unwrap(format.read(new Map()))).toEqual({ certificate: null, verdict: null })
  })

  test('removes every header that it would send', () => {
    expect(format.assertedHeaders).toEqual(expect.arrayContaining(Object.keys(format.encode(forwarded(leaf)))))
    expect(format.assertedHeaders).toEqual(expect.arrayContaining(Object.keys(format.encode(null))))
  })

  test('takes other names for its headers', () => {
    const roles = Object.keys(definitionOf(name).headers)
    const headers = Object.fromEntries(roles.map((role) => [role, `x-${role.toLowerCase()}`]))
    const renamed = createFormat(name, { headers })
    for (const header of Object.keys(renamed.encode(forwarded(leaf)))) expect(header).toMatch(/^x-/)
    const { certificate } = unwrap(renamed.read(linesOf(renamed.encode(forwarded(leaf)))))
    expect(certificate).not.toBeNull()
  })

  test('names the page of its vendor', () => {
    expect(definitionOf(name).vendorPage).toMatch(/^https:\/\//)
  })
})
