import '@clientcert/testing/vitest'
import { broken, createAuthority, DEFAULT_CLOCK, extension, type Leaf } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { type AuthenticatorOptions, dns, explain, reasonOf, subject } from '../src/index.ts'
import { alice, authenticatorFor, behindNginx, linesFor, root } from './behind-nginx.ts'
import { requestPlainly, serve } from './serving.ts'

async function explained(leaf: Leaf | string, options: Partial<AuthenticatorOptions> = {}): Promise<string> {
  const pem = typeof leaf === 'string' ? leaf : leaf.fullChainPem
  return explain(await authenticatorFor(options).verify({ pem })).join('\n')
}

describe('explain()', () => {
  test('says who was accepted, by whom, and that nobody was asked about revocation', async () => {
    const trust = { pem: root.certificate.pem, id: 'clients' }
    expect(await explained(root.intermediate().issue('bob'), { trust })).toMatch(
      /^accepted: CN=bob, serial [0-9a-f]+\nby: CN=Clients CA \(id clients\), 3 certificates in the path\nrevocation: not-checked$/,
    )
    expect(await explained(root.issue({ subject: [] }), { trust })).toContain('accepted: (empty name)')
  })

  test('says why nobody was looked for', async () => {
    expect(explain({ outcome: 'anonymous' })).toEqual([expect.stringContaining('no certificate was presented')])
    expect(explain({ outcome: 'skipped' })).toEqual([expect.stringContaining('mode is off')])
  })

  test('says which certificate, which rule, and what to do', async () => {
    const leaf = broken.expired(root, { subject: 'bob' })
    const lines = (await explained(leaf)).split('\n')
    expect(lines).toEqual([
      `rejected: ERR_PATH_EXPIRED: expired at 2025-12-31T00:00:00.000Z, it is ${DEFAULT_CLOCK.toISOString()}`,
      `certificate: end entity: CN=bob, serial ${leaf.certificate.x509.serialNumber.toLowerCase()}, SHA-256 ${leaf.certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase()}`,
      'rule: RFC 5280 4.1.2.5 and 6.1.3 (a)(2)',
      expect.stringMatching(/^to do: /),
    ])
  })

  test('says that it is an issuer, where it is one', async () => {
    const intermediate = root.intermediate({ subject: 'Old CA', notAfter: new Date('2025-06-01') })
    expect(await explained(intermediate.issue('bob'))).toContain('certificate: its issuer: CN=Old CA')
    const upper = root.intermediate({ subject: 'Older CA', notAfter: new Date('2025-06-01') })
    expect(await explained(upper.intermediate('CA').issue('bob'))).toContain(
      'certificate: issuer 2 above it: CN=Older CA',
    )
  })

  test('names the client where it is an issuer that is refused: whoever reads it wants to know who was turned away', async () => {
    const intermediate = root.intermediate({ subject: 'Old CA', notAfter: new Date('2025-06-01') })
    const carol = intermediate.issue('carol')
    const decision = await authenticatorFor().verify({ pem: carol.fullChainPem })
    expect(explain(decision)).toContainEqual(
      `client: CN=carol, serial ${carol.certificate.x509.serialNumber.toLowerCase()}, SHA-256 ${carol.certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase()}`,
    )
    expect(reasonOf(decision)).toContain('[its issuer of CN=carol: CN=Old CA]')
    expect((await explained(broken.expired(root))).split('\n')).not.toContainEqual(expect.stringMatching(/^client: /))
  })

  test('says of an anchor that is no good that it is our own, and whose fault that is (RFC 5937)', async () => {
    const expired = createAuthority({ subject: 'Expired Root', notAfter: new Date('2025-06-01') })
    const trust = { pem: expired.certificate.pem }
    const decision = await authenticatorFor({ trust }).verify({ pem: expired.issue('bob').fullChainPem })
    expect(decision).toMatchObject({ failure: { code: 'ERR_PATH_EXPIRED', fault: 'server' } })
    expect(explain(decision).at(-1)).toMatch(/^to do: This is a trust anchor of your own, from pem: /)
    const short = createAuthority({ subject: 'Short Root', basicConstraints: { ca: true, pathLen: 0 } })
    const long = short.intermediate().intermediate().issue('bob')
    const other = await authenticatorFor({ trust: { pem: short.certificate.pem } }).verify({ pem: long.fullChainPem })
    expect(other).toMatchObject({ failure: { code: 'ERR_PATH_LENGTH', fault: 'client' } })
  })

  test('says which authority constrains names, and to what (RFC 5280 4.2.1.10)', async () => {
    const constrained = createAuthority({
      subject: 'Hosts CA',
      extensions: [
        extension.nameConstraints({ permitted: { dns: ['a.example', 'b.example'] }, excluded: { dns: 'x.a.example' } }),
      ],
    })
    const text = await explained(constrained.issue({ subject: 'bob', san: { dns: 'evil.example' } }), {
      trust: { pem: constrained.certificate.pem },
    })
    expect(text).toMatch(
      /the dns evil\.example is not permitted by CN=Hosts CA, SHA-256 [0-9a-f]{64}, whose constraints for this type are \+ a\.example, \+ b\.example, - x\.a\.example/,
    )
  })

  test('says who demands a policy, and which (RFC 5280 6.1.5 g)', async () => {
    const [asked, other] = ['1.3.6.1.4.1.32473.1', '1.3.6.1.4.1.32473.2']
    const policies = { accepted: [asked] }
    expect(await explained(root.issue('bob'), { policies })).toContain(
      `needs one of ${asked} all the way, which the option \`policies\` demands; it asserts none`,
    )
    const demanding = root.intermediate({ extensions: [extension.policyConstraints({ requireExplicitPolicy: 0 })] })
    const leaf = demanding.issue({ subject: 'bob', extensions: [extension.certificatePolicies([other])] })
    expect(await explained(leaf)).toMatch(
      /needs some policy all the way, which the authority at position 1 above it demands/,
    )
  })

  test('says what was looked for, and what the store holds instead', async () => {
    const stranger = createAuthority('Partner CA').issue('mallory')
    const text = await explained(stranger)
    expect(text).toContain('looked for: CN=Partner CA, key identifier ')
    expect(text).toMatch(/the store holds: CN=Clients CA, SHA-256 [0-9a-f]{64}, from pem: is all there is/)
    const many = [1, 2, 3, 4].map((index) => ({ pem: createAuthority(`CA ${index}`).certificate.pem }))
    expect(await explained(stranger, { trust: many })).toContain('the store holds 4 anchors, none with a similar name')
  })

  test('says that the route excludes the anchor', async () => {
    const authenticator = authenticatorFor({
      trust: [
        { pem: root.certificate.pem, id: 'clients' },
        { pem: createAuthority('Other CA').certificate.pem, id: 'other' },
      ],
    })
    const decision = await authenticator.verify(
      { pem: alice.fullChainPem },
      authenticator.route({ anchors: ['other'] }),
    )
    expect(explain(decision).join('\n')).toMatch(
      /the store holds: CN=Clients CA \(id clients\), .*: has that name, but the `anchors` of this route do not name it/,
    )
  })

  test('says what else was tried, where there were several candidates', async () => {
    const namesake = createAuthority({ subject: 'Clients CA' })
    const text = await explained(createAuthority('Clients CA').issue('mallory'), {
      trust: [{ pem: root.certificate.pem }, { pem: namesake.certificate.pem }],
    })
    expect(text).toContain('rejected: ERR_SIGNATURES_INVALID')
    expect(text).toContain('also tried: ERR_SIGNATURES_INVALID')
  })

  test('says which issuer was tried, and that it has another key where the key identifiers differ', async () => {
    const named = (octet: number) =>
      createAuthority({ subject: 'Renewed CA', subjectKeyIdentifier: new Uint8Array(20).fill(octet) })
    const [old, renewed] = [named(0x0a), named(0x0b)]
    const trust = { pem: renewed.certificate.pem }
    const tried = `tried: CN=Renewed CA, SHA-256 ${renewed.certificate.x509.fingerprint256.replaceAll(':', '').toLowerCase()}, key ${'0b'.repeat(20)}`
    const again = (await explained(old.issue('bob'), { trust })).split('\n')
    expect(again).toContainEqual(
      `${tried}; the certificate names the key ${'0a'.repeat(20)}: it is forged, or the authority has a new key`,
    )
    const forged = (await explained(broken.forgedSignature(renewed.issue('bob')), { trust })).split('\n')
    expect(forged).toContainEqual(tried)
    const silent = old.issue({ subject: 'bob', authorityKeyIdentifier: null })
    expect((await explained(silent, { trust })).split('\n')).toContainEqual(tried)
    expect(await explained(broken.expired(root))).not.toContain('tried:')
  })

  test('says what the rule wanted and what the certificate has', async () => {
    const leaf = root.issue({ san: { dns: ['one.example', 'two.example'] } })
    expect(await explained(leaf, { allow: dns('three.example') })).toContain(
      'rejected: ERR_POLICY_REFUSED: the rule dns(three.example) does not allow it; it has one.example, two.example',
    )
  })

  test('says what to change in the proxy', async () => {
    const { port, last } = await serve('http', behindNginx())
    await requestPlainly({ port }, [['ssl-client-verify', 'SUCCESS']])
    expect(explain(last().decision)).toContainEqual(
      expect.stringMatching(/^proxy: .*auth-tls-pass-certificate-to-upstream: "true"/),
    )
  })
})

describe('what strangers wrote', () => {
  const HOSTILE = ['\u001b[31m', '\n', '\r', '\u202e', '\u2066', '\u200b', '\u2028', '\u0000', '\u0085', '\ufeff'].join(
    'x',
  )
  // Control and format characters, and what ends a line without being one.
  const UNSAFE = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u

  test.each([
    ['accepted', root.issue(HOSTILE)],
    ['of an unknown authority', createAuthority(HOSTILE).issue(HOSTILE)],
    ['expired', broken.expired(root, { subject: HOSTILE })],
    ['below an authority that is none', broken.notAnAuthority(root, { subject: HOSTILE }).issue(HOSTILE)],
  ])('is escaped in every line: %s', async (_, leaf) => {
    const decision = await authenticatorFor().verify({ pem: leaf.fullChainPem })
    const lines = [...explain(decision), reasonOf(decision)]
    for (const line of lines) {
      expect(line).not.toMatch(UNSAFE)
    }
    expect(lines.join('')).toContain('\\u{1b}[31m')
    expect(lines.join('')).toContain('\\u{202e}')
  })

  test('is escaped in what a rule shows', async () => {
    const decision = await authenticatorFor({ allow: subject('CN=bob') }).verify({
      pem: root.issue('a\u001b[31m\nb').fullChainPem,
    })
    expect(decision).toBeRejectedWith('ERR_POLICY_REFUSED')
    for (const line of [...explain(decision), reasonOf(decision)]) expect(line).not.toMatch(UNSAFE)
    expect(reasonOf(decision)).toContain('a\\u{1b}[31m\\u{a}b')
  })

  test('is cut: a name of 60 kB is a line of at most 1,000 characters', async () => {
    const leaf = createAuthority('A'.repeat(20_000)).issue('B'.repeat(20_000))
    const decision = await authenticatorFor().verify({ pem: leaf.fullChainPem })
    for (const line of [...explain(decision), reasonOf(decision)]) expect(line.length).toBeLessThanOrEqual(1_000)
  })

  test('never holds a certificate', async () => {
    const text = [await explained(alice), await explained(createAuthority().issue()), await explained('hello')].join()
    expect(text).not.toMatch(/BEGIN CERTIFICATE-----\s|MII/)
  })
})

describe('reasonOf()', () => {
  test('is one line: what, which certificate, why', async () => {
    const decision = await authenticatorFor().verify({ pem: broken.expired(root, { subject: 'bob' }).fullChainPem })
    expect(reasonOf(decision)).toBe(
      `client certificate rejected: ERR_PATH_EXPIRED [end entity: CN=bob] expired at 2025-12-31T00:00:00.000Z, it is ${DEFAULT_CLOCK.toISOString()}`,
    )
    const { port, last } = await serve('http', behindNginx())
    await requestPlainly({ port }, [...linesFor(alice), ['ssl_client_cert', 'x']])
    expect(reasonOf(last().decision)).toBe(
      'client certificate rejected: ERR_EVIDENCE_LOOKALIKE_HEADER ssl_client_cert resembles ssl-client-cert',
    )
    expect(reasonOf({ outcome: 'anonymous' })).toContain('anonymous')
  })
})
