import { broken, createAuthority, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { heldBy, openStore, pemOf } from './stores.ts'

const held = (...holders: readonly Leaf[]) => heldBy(openStore({ pem: pemOf(...holders) }))
const root = createAuthority('Root')
/** Without key identifiers, by which certificates could be told apart. */
const bare = { subjectKeyIdentifier: null, authorityKeyIdentifier: null } as const

describe('self-signed certificates of a source are anchors, all others path material (RFC 5280 6.1.1 d)', () => {
  test('a chain in one file, whatever its order', () => {
    const intermediate = root.intermediate('CA')
    const leaf = intermediate.issue('client')
    const expected = { anchors: ['Root'], intermediates: ['CA', 'client'] }
    expect(held(root, intermediate, leaf)).toEqual(expected)
    expect(held(intermediate, leaf, root)).toEqual(expected)
  })

  test('not one that its namesake signed: a root that changes its key certifies itself with the old one (RFC 4210 4.4)', () => {
    const next = createAuthority('Root')
    const rolledOver = root.crossSign(next)
    expect(held(root, rolledOver)).toEqual({ anchors: ['Root'], intermediates: ['Root'] })
    expect(held(root, next)).toEqual({ anchors: ['Root', 'Root'], intermediates: [] })
  })

  test('not one whose signature is wrong', () => {
    expect(held(root, broken.forgedSignature(createAuthority('Forged')))).toEqual({
      anchors: ['Root'],
      intermediates: ['Forged'],
    })
  })

  test('not one whose key is of another kind than its signature', () => {
    const rsa = createAuthority({ subject: 'Root', key: 'rsa2048' })
    expect(held(root, root.crossSign(rsa))).toEqual({ anchors: ['Root'], intermediates: ['Root'] })
    expect(held(root, root.crossSign(rsa, bare))).toEqual({ anchors: ['Root'], intermediates: ['Root'] })
  })

  test('a root signed with SHA-1 too: nobody verifies the signature of an anchor', () => {
    const old = createAuthority({ subject: 'Old', signature: 'ecdsa-sha1' })
    expect(held(old)).toEqual({ anchors: ['Old'], intermediates: [] })
    expect(held(createAuthority({ subject: 'Old', signature: 'ecdsa-sha1', ...bare }))).toEqual({
      anchors: ['Old'],
      intermediates: [],
    })
  })

  test('but not a change of key signed with SHA-1: there the key identifiers differ', () => {
    const rolledOver = root.crossSign(createAuthority('Root'), { signature: 'ecdsa-sha1' })
    expect(held(root, rolledOver)).toEqual({ anchors: ['Root'], intermediates: ['Root'] })
  })

  test('nor an intermediate signed with SHA-1 that has no key identifiers: its issuer is another', () => {
    const old = root.intermediate({ subject: 'CA', signature: 'ecdsa-sha1', ...bare })
    expect(held(root, old)).toEqual({ anchors: ['Root'], intermediates: ['CA'] })
  })

  test('a self-signed client certificate too, as where clients are pinned', () => {
    const client = createAuthority({ subject: 'client', basicConstraints: null, keyUsage: ['digitalSignature'] })
    expect(held(client)).toEqual({ anchors: ['client'], intermediates: [] })
  })
})

describe('partialChain makes the others anchors too', () => {
  const intermediate = root.intermediate('CA')

  test('where it is true', () => {
    const store = openStore({ pem: pemOf(intermediate), partialChain: true })
    expect(heldBy(store)).toEqual({ anchors: ['CA'], intermediates: [] })
    const both = openStore({ pem: pemOf(root, intermediate), partialChain: true })
    expect(heldBy(both)).toEqual({ anchors: ['Root', 'CA'], intermediates: [] })
  })

  test('and not where it is false or left out: such a source is refused, naming the option', () => {
    for (const input of [{ pem: pemOf(intermediate) }, { pem: pemOf(intermediate), partialChain: false }]) {
      expect(() => openStore(input)).toThrow(
        expect.objectContaining({
          code: 'ERR_CONFIG_NO_ANCHOR',
          message: expect.stringMatching(
            /holds 1 certificates, none of them self-signed.*partialChain: true/,
          ) as string,
        }) as Error,
      )
    }
  })

  test('of its own source only', () => {
    const other = createAuthority('Other')
    const store = openStore([
      { pem: pemOf(intermediate), partialChain: true },
      { pem: pemOf(other, other.intermediate('Other CA')) },
    ])
    expect(heldBy(store)).toEqual({ anchors: ['CA', 'Other'], intermediates: ['Other CA'] })
  })
})
