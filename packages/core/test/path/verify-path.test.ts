import { broken, createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { DEFAULT_MAX_INTERMEDIATES, DEFAULT_MAX_PRESENTED } from '../../src/path/verify-path.ts'
import { chainOf, namesOf, pathOf, refusalOf, storeOf, verdict } from './verdict.ts'

/** As many authorities below a root, each below the one before. */
function depthOf(intermediates: number) {
  const root = createAuthority('Root')
  let last = root
  for (let depth = 1; depth <= intermediates; depth++) last = last.intermediate(`CA ${depth}`)
  return { root, leaf: last.issue('client') }
}

describe('a path leads from the end entity to an anchor (RFC 5280 6.1)', () => {
  const { root, intermediate, leaf } = chainOf()

  test('of presented intermediates', () => {
    expect(namesOf(leaf, storeOf([root]))).toEqual(['client', 'Intermediate CA', 'Root CA'])
  })

  test('of intermediates that the store holds, where the client sent its certificate alone', () => {
    const alone = { leaf, presented: [] }
    expect(verdict(alone, storeOf([root]))).toBe('ERR_PATH_ISSUER_MISSING at 0')
    expect(namesOf(alone, storeOf([root], [intermediate]))).toEqual(['client', 'Intermediate CA', 'Root CA'])
  })

  test('of an intermediate in the store and another that was presented', () => {
    const lower = intermediate.intermediate('Lower CA')
    const shown = { leaf: lower.issue(), presented: [lower.certificate] }
    expect(verdict(shown, storeOf([root]))).toBe('ERR_PATH_ISSUER_MISSING at 1')
    expect(verdict(shown, storeOf([root], [intermediate]))).toBe('accepted')
  })

  test('whatever the order in which certificates are presented', () => {
    const { root: anchor, leaf: client } = depthOf(4)
    const [first, second, third, fourth] = client.chain.slice(1)
    if (!first || !second || !third || !fourth) throw new Error('four intermediates were wanted')
    const store = storeOf([anchor])
    for (const presented of [
      [first, second, third, fourth],
      [fourth, third, second, first],
      [third, first, fourth, second],
    ]) {
      expect(namesOf({ leaf: client, presented }, store)).toEqual(['client', 'CA 4', 'CA 3', 'CA 2', 'CA 1', 'Root'])
    }
  })

  test('past junk among what was presented, the end entity and the root included', () => {
    const stranger = createAuthority('Stranger').intermediate('Stranger CA').issue('stranger')
    const presented = [
      ...stranger.chain,
      leaf.certificate,
      root.certificate,
      broken.expired(root).certificate,
      intermediate.certificate,
      intermediate.certificate,
    ]
    expect(namesOf({ leaf, presented }, storeOf([root]))).toEqual(['client', 'Intermediate CA', 'Root CA'])
  })

  test('past an expired intermediate to one in date of the same name and key', () => {
    const renewed = root.crossSign(intermediate, {
      notBefore: new Date('2020-01-01'),
      notAfter: new Date('2021-01-01'),
    })
    const expired = renewed.certificate
    const store = storeOf([root])
    expect(verdict({ leaf, presented: [expired] }, store)).toBe('ERR_PATH_EXPIRED at 1')
    expect(verdict({ leaf, presented: [expired, intermediate.certificate] }, store)).toBe('accepted')
    expect(verdict({ leaf, presented: [intermediate.certificate, expired] }, store)).toBe('accepted')
  })

  test('past an expired anchor to a cross-certificate that leads to another', () => {
    const old = createAuthority('Old Root')
    const expired = createAuthority({
      subject: 'Root CA',
      notBefore: new Date('2010-01-01'),
      notAfter: new Date('2020-01-01'),
    })
    const crossed = old.crossSign(expired)
    const client = expired.issue()
    expect(verdict(client, storeOf([expired, old]))).toBe('ERR_PATH_EXPIRED at 1')
    const shown = { leaf: client, presented: [crossed.certificate] }
    expect(namesOf(shown, storeOf([expired, old]))).toEqual(['client', 'Root CA', 'Old Root'])
  })

  test('under either root of a cross-certified authority', () => {
    const [one, other] = [createAuthority('One'), createAuthority('Other')]
    const crossed = one.crossSign(other)
    const client = crossed.issue()
    expect(namesOf(client, storeOf([one]))).toEqual(['client', 'Other', 'One'])
    expect(namesOf(client, storeOf([other]))).toEqual(['client', 'Other'])
    expect(namesOf(client, storeOf([one, other]))).toEqual(['client', 'Other'])
  })

  test('under each of two anchors that share a name, as after a change of key', () => {
    const [old, next] = [createAuthority('Root'), createAuthority('Root')]
    const store = storeOf([old, next])
    for (const root of [old, next]) {
      expect(pathOf(root.issue(), store).anchor.certificate.der).toEqual(root.certificate.der)
      expect(verdict(root.issue({ authorityKeyIdentifier: null }), store)).toBe('accepted')
    }
    expect(verdict(createAuthority('Root').issue(), store)).toBe('ERR_SIGNATURES_INVALID at 0')
  })

  test('though the key identifiers speak against it: they order the search and decide nothing (RFC 5280 4.2.1.1)', () => {
    const misleading = { authorityKeyIdentifier: { keyIdentifier: Uint8Array.of(1, 2, 3) } }
    expect(verdict(root.issue(misleading), storeOf([root]))).toBe('accepted')
    expect(verdict(root.issue({ authorityKeyIdentifier: null }), storeOf([root]))).toBe('accepted')
  })

  test('to the anchor whose name is the same but for case, white space and string type (RFC 5280 7.1), and no other', () => {
    const printable = createAuthority({ subject: { CN: { text: 'Root', as: 'printable' } } })
    expect(verdict(printable.issue(), storeOf([printable]))).toBe('accepted')
    expect(verdict(printable.issue({ issuerName: ' ROOT ' }), storeOf([printable]))).toBe('accepted')
    const other = printable.issue({ issuerName: 'Root 2' })
    expect(verdict(other, storeOf([printable]))).toBe('ERR_PATH_ISSUER_MISSING at 0')
  })

  test('and keeps the certificates from the end entity to the anchor, the instant, and the first expiry', () => {
    const path = pathOf(leaf, storeOf([{ id: 'ours', authority: root }]))
    expect(path.endEntity).toBe(path.certificates[0])
    expect(path.certificates.map(({ der }) => der)).toEqual([...leaf.chain, root.certificate].map(({ der }) => der))
    expect(path.anchor).toMatchObject({ id: 'ours', origin: 'anchor 1' })
    expect(path.at).toBe(Date.parse('2026-01-01T00:00:00Z'))
    expect(path.notAfter).toBe(Date.parse('2026-04-01T00:00:00Z'))
    const short = chainOf({ intermediate: { validDays: 2 } })
    expect(pathOf(short.leaf, storeOf([short.root])).notAfter).toBe(Date.parse('2026-01-03T00:00:00Z'))
  })
})

describe('an end entity that is itself an anchor is a path of one', () => {
  test('where it is an authority, as in the guide of a gateway that presents the CA itself', () => {
    const root = createAuthority()
    expect(namesOf(root, storeOf([root]))).toEqual(['Root CA'])
  })

  test('where it is a self-signed client certificate that is trusted by itself', () => {
    const client = broken.selfSigned()
    expect(namesOf(client, storeOf([client]))).toEqual(['client'])
    expect(verdict(client, storeOf([createAuthority()]))).toBe('ERR_PATH_SELF_SIGNED at 0')
  })

  test('but not where it differs in a single octet: then nobody signed it', () => {
    const client = broken.selfSigned()
    expect(verdict(broken.forgedSignature(client), storeOf([client]))).toBe('ERR_SIGNATURES_INVALID at 0')
  })

  test('and not without the profile of an end entity', () => {
    const server = broken.selfSigned({ eku: ['serverAuth'] })
    expect(verdict(server, storeOf([server]))).toBe('ERR_PATH_EXTENDED_KEY_USAGE at 0')
    const expired = broken.selfSigned({ notBefore: new Date('2020-01-01'), notAfter: new Date('2021-01-01') })
    expect(verdict(expired, storeOf([expired]))).toBe('ERR_PATH_EXPIRED at 0')
  })

  test('also where an authority below the anchor is the client', () => {
    const { root, intermediate } = chainOf()
    expect(namesOf(intermediate, storeOf([root]))).toEqual(['Intermediate CA', 'Root CA'])
  })
})

describe('a path that nobody vouches for is refused', () => {
  const { root, leaf } = chainOf()
  const store = storeOf([root])

  test('below another authority', () => {
    const other = createAuthority('Other Root').intermediate('Other CA').issue()
    expect(verdict(other, store)).toBe('ERR_PATH_ISSUER_MISSING at 1')
    expect(verdict({ leaf: other, presented: [] }, store)).toBe('ERR_PATH_ISSUER_MISSING at 0')
  })

  test('below another root that is presented along', () => {
    const other = createAuthority('Other Root')
    expect(verdict({ leaf: other.issue(), presented: [other.certificate] }, store)).toBe('ERR_PATH_NO_ANCHOR at 1')
  })

  test('below a forged authority of the same names, with key identifiers of its own or copied', () => {
    for (const keyIdentifiers of ['own', 'copied'] as const) {
      const forger = broken.otherAuthority(root, { keyIdentifiers })
      expect(verdict(forger.issue(), store)).toBe('ERR_SIGNATURES_INVALID at 0')
      const forged = forger.intermediate().issue()
      expect(verdict(forged, store)).toBe('ERR_SIGNATURES_INVALID at 1')
      // The forged root presented along vouches for itself and for nobody else.
      expect(verdict({ leaf: forger.issue(), presented: [forger.certificate] }, store)).toMatch(
        /^ERR_SIGNATURES_INVALID/,
      )
    }
  })

  test('with one bit of a signature changed, on leaf and intermediate', () => {
    expect(verdict(leaf, store)).toBe('accepted')
    expect(verdict(broken.forgedSignature(leaf), store)).toBe('ERR_SIGNATURES_INVALID at 0')
    const { root: anchor, intermediate, leaf: client } = chainOf()
    const forged = { leaf: client, presented: [broken.forgedSignature(intermediate).certificate] }
    expect(verdict(forged, storeOf([anchor]))).toBe('ERR_SIGNATURES_INVALID at 1')
  })

  test('signed with a key of another kind than the issuer has', () => {
    const rsa = createAuthority({ subject: 'Root', key: 'rsa2048' })
    const ec = createAuthority('Root')
    expect(verdict(ec.issue(), storeOf([rsa]))).toBe('ERR_SIGNATURES_KEY_MISMATCH at 0')
  })

  test('below authorities that sign each other, without end (RFC 4158 2.4.2)', () => {
    const { leaf: client, authorities } = broken.cycle()
    expect(verdict(client, store)).toBe('ERR_PATH_ISSUER_MISSING at 2')
    // And where one of the two is trusted, the circle does no harm.
    const [first] = authorities
    if (!first) throw new Error('two authorities were wanted')
    expect(verdict(client, storeOf([first]))).toBe('accepted')
  })

  test('self-signed, and self-issued by another key', () => {
    expect(verdict(broken.selfSigned(), store)).toBe('ERR_PATH_SELF_SIGNED at 0')
    const own = createAuthority('client')
    const selfIssued = own.crossSign(createAuthority('client'))
    expect(verdict({ leaf: selfIssued, presented: [] }, store)).toBe('ERR_PATH_SELF_SIGNED at 0')
  })

  test('against a store that holds no anchor', () => {
    expect(verdict(leaf, storeOf([]))).toBe('ERR_PATH_ISSUER_MISSING at 1')
    expect(verdict({ leaf, presented: [root.certificate] }, storeOf([]))).toMatch(/^ERR_PATH_/)
  })

  test('by path material alone: what is no anchor vouches for nothing', () => {
    const { intermediate, leaf: client } = chainOf()
    expect(verdict(client, storeOf([], [intermediate]))).toBe('ERR_PATH_ISSUER_MISSING at 1')
  })
})

describe('maxIntermediates bounds the path, self-issued ones included', () => {
  test('accepts as many and refuses one more', () => {
    for (const limit of [0, 1, 3]) {
      const [fits, exceeds] = [depthOf(limit), depthOf(limit + 1)]
      expect(verdict(fits.leaf, storeOf([fits.root]), { maxIntermediates: limit })).toBe('accepted')
      expect(verdict(exceeds.leaf, storeOf([exceeds.root]), { maxIntermediates: limit })).toBe(
        `ERR_PATH_TOO_LONG at ${limit + 1}`,
      )
    }
  })

  test(`is ${DEFAULT_MAX_INTERMEDIATES} by default`, () => {
    const [fits, exceeds] = [depthOf(DEFAULT_MAX_INTERMEDIATES), depthOf(DEFAULT_MAX_INTERMEDIATES + 1)]
    expect(verdict(fits.leaf, storeOf([fits.root]))).toBe('accepted')
    expect(refusalOf(exceeds.leaf, storeOf([exceeds.root]))).toMatchObject({ code: 'ERR_PATH_TOO_LONG', limit: 8 })
  })

  test('leaves a shorter path to another anchor', () => {
    const { root, leaf } = depthOf(2)
    const short = createAuthority('Short Root')
    const [, lower] = leaf.chain
    const crossed = short.crossSign(createAuthority('CA 2'))
    const client = crossed.issue('client')
    expect(lower?.x509.subject).toBe('CN=CA 2')
    expect(verdict(leaf, storeOf([root, short]), { maxIntermediates: 1 })).toBe('ERR_PATH_TOO_LONG at 2')
    const shown = { leaf: client, presented: [...leaf.chain.slice(1), crossed.certificate] }
    expect(namesOf(shown, storeOf([root, short]), { maxIntermediates: 1 })).toEqual(['client', 'CA 2', 'Short Root'])
  })

  test('counts a self-issued intermediate', () => {
    const root = createAuthority('Root')
    const rolledOver = root.crossSign(createAuthority('Root'))
    const client = rolledOver.issue()
    expect(verdict(client, storeOf([root]), { maxIntermediates: 1 })).toBe('accepted')
    expect(verdict(client, storeOf([root]), { maxIntermediates: 0 })).toBe('ERR_PATH_TOO_LONG at 1')
  })
})

describe('limits.presented bounds what is looked at', () => {
  const { root, leaf } = chainOf()
  const junk = createAuthority('Junk').issue().certificate
  const shown = (count: number) => ({
    leaf,
    presented: [...leaf.chain.slice(1), ...Array.from({ length: count - 1 }, () => junk)],
  })

  test('accepts as many and refuses one more, before anything is verified', () => {
    const store = storeOf([root])
    expect(verdict(shown(3), store, { maxPresented: 3 })).toBe('accepted')
    expect(verdict(shown(4), store, { maxPresented: 3 })).toBe('ERR_PATH_TOO_MANY_CERTIFICATES at 0')
    expect(verdict({ leaf, presented: [] }, store, { maxPresented: 0 })).toBe('ERR_PATH_ISSUER_MISSING at 0')
    expect(verdict(shown(1), store, { maxPresented: 0 })).toBe('ERR_PATH_TOO_MANY_CERTIFICATES at 0')
    expect(refusalOf(shown(4), store, { maxPresented: 3, at: 0 })).toMatchObject({ limit: 3, present: 4 })
  })

  test(`is ${DEFAULT_MAX_PRESENTED} by default`, () => {
    const store = storeOf([root])
    expect(verdict(shown(DEFAULT_MAX_PRESENTED), store)).toBe('accepted')
    expect(verdict(shown(DEFAULT_MAX_PRESENTED + 1), store)).toBe('ERR_PATH_TOO_MANY_CERTIFICATES at 0')
  })
})
