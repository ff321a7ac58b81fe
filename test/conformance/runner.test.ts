import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { broken, createAuthority, type Leaf, type MintedCrl, mintCrl } from '@clientcert/testing'
import { afterAll, describe, expect, test } from 'vitest'
import { compareCases, findUnexpected } from '../../scripts/conformance/compare.ts'
import type { Exception } from '../../scripts/conformance/exceptions.ts'
import { readLimbo } from '../../scripts/conformance/limbo.ts'
import { readPkits } from '../../scripts/conformance/pkits.ts'
import type { Report } from '../../scripts/conformance/report.ts'
import { run } from '../../scripts/conformance/run.ts'

const folder = mkdtempSync(join(tmpdir(), 'clientcert-conformance-'))
afterAll(() => rmSync(folder, { recursive: true }))

const write = (name: string, value: unknown, compress = (text: string): string | Uint8Array => text): string => {
  const path = join(folder, name)
  writeFileSync(path, compress(JSON.stringify(value)))
  return path
}

const root = createAuthority()
const intermediate = root.intermediate()

/** A case of x509-limbo's schema: a good client, unless the fields say otherwise. */
const limboCase = (id: string, leaf: Leaf = intermediate.issue(), fields: object = {}) => ({
  id,
  description: 'Produces a chain.\n\n```\nroot -> EE\n```\n\nWhich is good.',
  validation_kind: 'CLIENT',
  trusted_certs: [root.certificate.pem],
  untrusted_intermediates: [intermediate.certificate.pem],
  peer_certificate: leaf.certificate.pem,
  validation_time: root.at.toISOString(),
  signature_algorithms: [],
  key_usage: [],
  extended_key_usage: [],
  expected_result: 'SUCCESS',
  expected_peer_names: [],
  max_chain_depth: null,
  crls: [],
  ...fields,
})

const limboFile = (...testcases: readonly object[]) => write('limbo.json', { version: 1, testcases })

/** Runs one case with nothing argued, and says what is unexpected about it. */
async function unexpectedIn(testcase: object, exceptions: readonly Exception[] = []): Promise<readonly string[]> {
  const comparisons = await compareCases(
    readLimbo(limboFile(testcase), undefined),
    new Map(exceptions.map((exception) => [exception.id, exception])),
  )
  return findUnexpected(comparisons)
}

const expired = broken.expired(root)
const argued = (expected: Exception['expected'], actual: Exception['actual']): Exception => ({
  id: 'a::b',
  expected,
  actual,
  reason: 'argued in a test',
})

describe('a verdict', () => {
  test('that is as expected passes, in both directions', async () => {
    expect(await unexpectedIn(limboCase('a::b'))).toEqual([])
    expect(await unexpectedIn(limboCase('a::b', expired, { expected_result: 'FAILURE' }))).toEqual([])
  })

  test('that is not as expected fails the run, in both directions', async () => {
    expect(await unexpectedIn(limboCase('a::b', expired))).toEqual(['a::b (unclassified) expects accept, got reject'])
    const accepted = limboCase('a::b', undefined, { expected_result: 'FAILURE' })
    expect(await unexpectedIn(accepted)).toEqual(['a::b (unclassified) expects reject, got accept'])
  })

  test('that is argued passes, until it is as expected or another than the one argued for', async () => {
    const accepted = limboCase('a::b', undefined, { expected_result: 'FAILURE' })
    expect(await unexpectedIn(accepted, [argued('reject', 'accept')])).toEqual([])
    expect(await unexpectedIn(limboCase('a::b'), [argued('reject', 'accept')])).toEqual([
      'a::b agrees now: take it out of the exceptions',
    ])
    expect(await unexpectedIn(limboCase('a::b', expired), [argued('reject', 'accept')])).toHaveLength(1)
  })

  test('about an anchor that cannot be read is a refusal', async () => {
    const { certificate } = broken.duplicateExtension(root)
    const unreadable = { trusted_certs: [certificate.pem], expected_result: 'FAILURE' }
    expect(await unexpectedIn(limboCase('a::b', undefined, unreadable))).toEqual([])
  })

  test('that cannot be had, for an option out of its range, is not as expected', async () => {
    const tooDeep = limboCase('a::b', expired, { max_chain_depth: 11, expected_result: 'FAILURE' })
    expect(await unexpectedIn(tooDeep)).toEqual(['a::b (unclassified) expects reject, got no-verdict'])
  })
})

describe('a field of the schema', () => {
  const refused = { expected_result: 'FAILURE' }

  test('extended_key_usage is what the certificate must be good for, every one of them', async () => {
    const both = intermediate.issue({ eku: ['clientAuth', 'emailProtection'] })
    expect(await unexpectedIn(limboCase('a::b', both, { extended_key_usage: ['emailProtection'] }))).toEqual([])
    expect(
      await unexpectedIn(limboCase('a::b', both, { extended_key_usage: ['clientAuth', 'emailProtection'] })),
    ).toEqual([])
    const asked = { extended_key_usage: ['clientAuth', 'codeSigning'], ...refused }
    expect(await unexpectedIn(limboCase('a::b', both, asked))).toEqual([])
    expect(await unexpectedIn(limboCase('a::b', both, { extended_key_usage: ['1.3.6.1.5.5.7.3.4'] }))).toEqual([])
  })

  test('validation_kind is the purpose where extended_key_usage is empty', async () => {
    expect(await unexpectedIn(limboCase('a::b', undefined, { validation_kind: 'SERVER', ...refused }))).toEqual([])
    const server = intermediate.issue({ eku: ['serverAuth'] })
    expect(await unexpectedIn(limboCase('a::b', server, { validation_kind: 'SERVER' }))).toEqual([])
  })

  test('max_chain_depth is the number of intermediates', async () => {
    expect(await unexpectedIn(limboCase('a::b', undefined, { max_chain_depth: 1 }))).toEqual([])
    expect(await unexpectedIn(limboCase('a::b', undefined, { max_chain_depth: 0, ...refused }))).toEqual([])
  })

  test('validation_time is the clock', async () => {
    expect(
      await unexpectedIn(limboCase('a::b', undefined, { validation_time: '2031-01-01T00:00:00Z', ...refused })),
    ).toEqual([])
  })

  test.each(['signature_algorithms', 'key_usage'])('%s cannot be asked for, which is not passed over', async (name) => {
    const constrained = limboCase('a::b', expired, { [name]: ['something'], ...refused })
    expect(await unexpectedIn(constrained)).toEqual(['a::b (unclassified) expects reject, got no-verdict'])
  })

  test('crls are asked, where there are any, and nobody is accepted without an answer', async () => {
    const leaf = intermediate.issue()
    const crls = (...lists: readonly MintedCrl[]) => ({ crls: lists.map(({ pem }) => pem) })
    const good = [mintCrl(root), mintCrl(intermediate)] as const
    const revoked = crls(good[0], mintCrl(intermediate, { entries: [leaf] }))
    expect(await unexpectedIn(limboCase('a::b', leaf, crls(...good)))).toEqual([])
    expect(await unexpectedIn(limboCase('a::b', leaf, { ...revoked, ...refused }))).toEqual([])
    expect(await unexpectedIn(limboCase('a::b', leaf, { ...crls(good[0]), ...refused }))).toEqual([])
    expect(await unexpectedIn(limboCase('a::b', leaf, { crls: ['-----BEGIN X509 CRL-----'], ...refused }))).toEqual([])
  })

  test('trusted_certs are trusted, self-signed or not', async () => {
    const partial = { trusted_certs: [intermediate.certificate.pem], untrusted_intermediates: [] }
    expect(await unexpectedIn(limboCase('a::b', undefined, partial))).toEqual([])
  })
})

describe('a profile', () => {
  const profiled = async (profile: string, testcase: object) => {
    const path = write('profile.json', { cases: { 'a::b': { profile, reason: '', expected: 'FAILURE' } } })
    const printed: string[] = []
    const code = await run(['--limbo', limboFile(testcase), '--profile', path, '--json'], (text) => printed.push(text))
    return { code, ...(JSON.parse(printed.join('')) as Report) }
  }
  const disagreeing = limboCase('a::b', expired)

  test('decides whether a disagreement counts', async () => {
    expect((await profiled('required', disagreeing)).code).toBe(1)
    expect((await profiled('strict-profile', disagreeing)).code).toBe(1)
    expect((await profiled('optional', disagreeing)).code).toBe(0)
    expect(await profiled('not-applicable', disagreeing)).toEqual({ code: 0, suites: [], disagreements: [] })
  })

  test('is refused where its word is unknown', async () => {
    await expect(profiled('whatever', disagreeing)).rejects.toThrow(/a::b has the unknown profile whatever/)
  })
})

describe('PKITS', () => {
  const base64 = (bytes: Uint8Array) => Buffer.from(bytes).toString('base64')
  const crlsOf = (...crls: readonly MintedCrl[]) => ({ crls: crls.map((crl) => base64(crl.der)) })
  const pkitsCase = (leaf: Leaf, fields: object = {}) => ({
    id: '4.8.1.1',
    name: 'All Certificates Same Policy Test1',
    section: '4.8',
    trustAnchor: base64(root.certificate.der),
    certs: leaf.chain.map(({ der }) => base64(der)),
    ...crlsOf(mintCrl(root), mintCrl(intermediate)),
    policyInputs: {
      initialPolicySet: ['2.5.29.32.0'],
      initialExplicitPolicy: false,
      initialPolicyMappingInhibit: false,
      initialAnyPolicyInhibit: false,
    },
    validationTime: root.at.toISOString(),
    expected: true,
    ...fields,
  })
  const unexpected = async (test: object) =>
    findUnexpected(await compareCases(readPkits(write('pkits.json', [test])), new Map()))

  test('is read as it stands: target, pool and anchor', async () => {
    expect(await unexpected(pkitsCase(intermediate.issue({ eku: null })))).toEqual([])
    expect(await unexpected(pkitsCase(broken.expired(root)))).toEqual(['4.8.1.1 (required) expects accept, got reject'])
  })

  test('puts the inputs of RFC 5280 6.1.1 (c) to (f) to the library', async () => {
    const leaf = intermediate.issue({ eku: null })
    const inputs = pkitsCase(leaf).policyInputs
    const explicit = { policyInputs: { ...inputs, initialExplicitPolicy: true }, expected: false }
    expect(await unexpected(pkitsCase(leaf, explicit))).toEqual([])
    const narrowed = { policyInputs: { ...inputs, initialPolicySet: ['1.2.3'] } }
    expect(await unexpected(pkitsCase(leaf, narrowed))).toEqual([])
  })

  test('lets DSA pass, which the library refuses unless it is named', async () => {
    const old = createAuthority({ key: 'dsa2048' })
    const fields = { trustAnchor: base64(old.certificate.der), ...crlsOf(mintCrl(old)) }
    expect(await unexpected(pkitsCase(old.issue({ eku: null, signature: 'dsa-sha1' }), fields))).toEqual([])
  })

  test('puts its CRLs to the library, of which each certificate needs one that says that it is good', async () => {
    const leaf = intermediate.issue({ eku: null })
    const good = [mintCrl(root), mintCrl(intermediate)] as const
    const revoked = mintCrl(intermediate, { entries: [leaf] })
    expect(await unexpected(pkitsCase(leaf, crlsOf(...good)))).toEqual([])
    expect(await unexpected(pkitsCase(leaf, { ...crlsOf(good[0], revoked), expected: false }))).toEqual([])
    expect(await unexpected(pkitsCase(leaf, { ...crlsOf(good[0]), expected: false }))).toEqual([])
    expect(await unexpected(pkitsCase(leaf, { ...crlsOf(good[1]), expected: false }))).toEqual([])
  })

  test('has a CRL that is out of date by a second, or cannot be read, say nothing', async () => {
    const leaf = intermediate.issue({ eku: null })
    const nextUpdate = new Date(root.at.getTime() - 1_000)
    const stale = crlsOf(mintCrl(root), mintCrl(intermediate, { nextUpdate }))
    expect(await unexpected(pkitsCase(leaf, { ...stale, expected: false }))).toEqual([])
    const unreadable = { crls: [base64(Uint8Array.of(0x30, 0))], expected: false }
    expect(await unexpected(pkitsCase(leaf, unreadable))).toEqual([])
  })
})

describe('the command', () => {
  const called = (...args: readonly string[]) => run(args, () => {})

  test('prints each disagreement with the reasons of both sides', async () => {
    const printed: string[] = []
    await run(['--limbo', limboFile(limboCase('a::b', expired))], (text) => printed.push(text))
    const text = printed.join('\n')
    expect(text).toContain('expects accept: Produces a chain. Which is good.')
    expect(text).toMatch(/got reject: ERR_PATH_EXPIRED: .*expired at/)
    expect(text).toContain('UNEXPECTED:\n  a::b (unclassified) expects accept, got reject')
  })

  test('reads compressed files', async () => {
    const path = write('limbo.json.gz', { version: 1, testcases: [limboCase('a::b')] }, (text) => gzipSync(text))
    expect(await called('--limbo', path)).toBe(0)
  })

  test.each([
    [['--nope'], /Unknown option '--nope'/],
    [['file.json'], /Unexpected argument 'file.json'/],
    [[], /name at least one of --limbo and --pkits/],
    [['--pkits', 'a', '--profile', 'b'], /--profile classifies the cases of --limbo/],
    [['--limbo', join(folder, 'missing.json')], /missing\.json: ENOENT/],
    [['--pkits', write('object.json', {})], /object\.json is not a list/],
    [['--limbo', write('old.json', { version: 2, testcases: [] })], /version is 2, only 1 is read/],
    [['--limbo', write('empty.json', { version: 1, testcases: [] })], /no case/],
    [['--limbo', write('half.json', { version: 1, testcases: [{}] })], /testcases\[0\]\.id is not text/],
  ])('refuses %j', async (args, message) => {
    await expect(called(...args)).rejects.toThrow(message)
  })
})
