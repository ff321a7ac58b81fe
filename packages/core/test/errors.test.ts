/**
 * Every code of every leg is produced here, by the public API where a client, a proxy or an application can bring it about. A code that
 * nothing produces would be a promise.
 */
import '@clientcert/testing/vitest'
import {
  answerOcspRequest,
  broken,
  type CrlOptions,
  createAuthority,
  der,
  ed25519PublicKey,
  extension,
  type Leaf,
  mintCrl,
  rsaPublicKey,
  type SignatureInput,
  schemeOf,
  startRevocationServer,
  tlsRequest,
} from '@clientcert/testing'
import { afterAll, describe, expect, onTestFinished, test, vi } from 'vitest'
import { decodeBase64 } from '../src/encoding/base64.ts'
import {
  type AuthenticatorOptions,
  createAuthenticator,
  type Decision,
  dns,
  FAILURES,
  type FailureBase,
} from '../src/index.ts'
import { checkPolicy } from '../src/policy/check-policy.ts'
import { alice, authenticatorFor, behindNginx, linesFor, root } from './behind-nginx.ts'
import { requestPlainly, requestRaw, serve } from './serving.ts'

// What is loaded here with parts replaced is not for the files that come after.
afterAll(() => void vi.resetModules())

type Produce = () => Promise<FailureBase>

const rsaRoot = createAuthority({ subject: 'RSA CA', key: 'rsa2048' })
const other = createAuthority('Other CA')
const trust = { pem: root.certificate.pem + rsaRoot.certificate.pem }

function failureIn(decision: Decision): FailureBase {
  if ('failure' in decision) return decision.failure
  throw new Error(`no failure: ${decision.outcome}`)
}

/** The failure of a chain that is handed over. */
const of =
  (chain: Leaf | string, options: Partial<AuthenticatorOptions> = {}): Produce =>
  async () => {
    const pem = typeof chain === 'string' ? chain : chain.fullChainPem
    return failureIn(await authenticatorFor({ trust, ...options }).verify({ pem }))
  }

/** The failure of header lines, behind nginx. */
const behind =
  (lines: readonly (readonly [string, string])[], onlyFrom = ['127.0.0.1']): Produce =>
  async () => {
    const { port, last } = await serve('http', behindNginx({ addresses: onlyFrom }))
    await requestPlainly({ port }, lines)
    return failureIn(last().decision)
  }

/** The failure of an X-Forwarded-Client-Cert, behind Envoy. */
const behindEnvoy =
  (value: string): Produce =>
  async () => {
    const from = { proxy: 'envoy', onlyFrom: { addresses: ['127.0.0.1'] } } as const
    const { port, last } = await serve('http', authenticatorFor({ from }))
    await requestPlainly({ port }, [['X-Forwarded-Client-Cert', value]])
    return failureIn(last().decision)
  }

/** The failure of a request that names its host by these lines, where only a.example has an entry. */
const forHosts =
  (lines: readonly string[]): Produce =>
  async () => {
    const authenticator = createAuthenticator({ hosts: { 'a.example': { trust } }, clock: () => root.at })
    onTestFinished(() => authenticator.close())
    const { port, last } = await serve('http', authenticator)
    await requestRaw(port, ['GET / HTTP/1.1', ...lines])
    return failureIn(last().decision)
  }

/** A client certificate that declares an algorithm which its issuer did not use. */
const declaring = (identifier: Uint8Array): Leaf =>
  root.issue({ signature: { identifier, sign: () => new Uint8Array(64) } })
const named = (signature: SignatureInput): Leaf => declaring(schemeOf(signature).identifier)
const withKey = (subjectPublicKeyInfo: Uint8Array): Leaf => root.issue({ subjectPublicKeyInfo })

/** The failure of alice by a CRL of her issuer, or of another, under a mode that wants an answer. */
const listed = (options: CrlOptions, issuer = root): Produce =>
  of(alice, { revocation: { mode: 'strict', crls: { der: mintCrl(issuer, options).der } } })

const ENCODED = linesFor(alice)[0]?.[1] ?? ''
const ODD = (1n << 2047n) + 1n

const PRODUCED: Readonly<Record<string, Produce>> = {
  // Nothing of nginx is base64 by itself; PEM says where its own is broken.
  ERR_ENCODING_BASE64: async () => {
    const decoded = decodeBase64('a')
    if (decoded.ok) throw new Error('decoded')
    return decoded.failure
  },
  ERR_ENCODING_PERCENT: behind([['ssl-client-cert', '%']]),
  ERR_ENCODING_PEM: of('hello'),
  ERR_ENCODING_TOO_LARGE: of('x'.repeat(262_145)),

  ERR_HEADERS_CERTIFICATE_COUNT: behind([['ssl-client-cert', ENCODED + ENCODED]]),
  ERR_HEADERS_SYNTAX: behindEnvoy('Hash'),
  ERR_HEADERS_MISMATCH: behindEnvoy(`Hash=${'0'.repeat(64)};Cert="${ENCODED}"`),
  ERR_HEADERS_HOPS: behindEnvoy('Hash=00,Hash=00'),
  ERR_HEADERS_VERDICT: behind(linesFor(alice, { verify: 'perhaps' })),

  ERR_EVIDENCE_NO_CERTIFICATE: behind([]),
  ERR_EVIDENCE_UNTRUSTED_PEER: behind(linesFor(alice), ['192.0.2.1']),
  ERR_EVIDENCE_DUPLICATE_HEADER: behind([...linesFor(alice), ...linesFor(alice)]),
  ERR_EVIDENCE_LOOKALIKE_HEADER: behind([['SSL_CLIENT_CERT', 'x']]),
  ERR_EVIDENCE_NO_LINE: async () => {
    const authenticator = behindNginx()
    const { port, last } = await serve('http', (request) => {
      request.headers['ssl-client-cert'] = ENCODED
      return authenticator.authenticate(request)
    })
    await requestPlainly({ port })
    return failureIn(last().decision)
  },
  ERR_EVIDENCE_HOP_BY_HOP: behind([['Connection', 'ssl-client-cert']]),
  ERR_EVIDENCE_TOO_MANY_HEADERS: behind(Array.from({ length: 500 }, () => ['X-Line', '1'] as const)),
  ERR_EVIDENCE_CONTRADICTION: behind([['ssl-client-verify', 'SUCCESS']]),
  ERR_EVIDENCE_VERDICT: behind(linesFor(alice, { verify: 'FAILED:certificate revoked' })),
  ERR_EVIDENCE_CONFLICT: async () => {
    const { port, last } = await serve('https', behindNginx())
    await tlsRequest({ port, leaf: alice, headers: linesFor(alice) })
    return failureIn(last().decision)
  },
  ERR_EVIDENCE_SOCKET_CLOSED: async () => {
    const authenticator = authenticatorFor()
    const { port, seen } = await serve('https', (request) => {
      request.socket.destroy()
      return authenticator.authenticate(request)
    })
    await expect(tlsRequest({ port, leaf: alice })).rejects.toThrow()
    await expect.poll(() => seen).toHaveLength(1)
    return failureIn(seen[0]?.decision ?? { outcome: 'skipped' })
  },
  ERR_EVIDENCE_HOST_UNKNOWN: forHosts(['Host: b.example']),
  ERR_EVIDENCE_HOST_MALFORMED: forHosts(['Host: a..example']),
  ERR_EVIDENCE_HOST_CONFLICT: forHosts(['Host: a.example', 'Host: b.example']),

  ERR_X509_MALFORMED: of(broken.truncated(alice)),
  ERR_X509_TOO_LARGE: of(rsaRoot.issue({ key: 'rsa2048' }), { limits: { certificateBytes: 512 } }),
  ERR_X509_TOO_MANY_BYTES: of(root.intermediate().issue(), { limits: { presentedBytes: 700 } }),
  ERR_X509_VERSION: of(root.issue({ version: 4 })),
  ERR_X509_EMPTY_ISSUER: of(root.issue({ issuerName: [] })),
  ERR_X509_ALGORITHM_MISMATCH: of(broken.algorithmMismatch(root)),
  ERR_X509_EXTENSION_DUPLICATE: of(broken.duplicateExtension(root)),
  ERR_X509_EXTENSION_MALFORMED: of(root.issue({ extensions: [{ oid: '2.5.29.19', value: Uint8Array.of(5, 0) }] })),

  ERR_SIGNATURES_UNSUPPORTED: of(declaring(der.sequence(der.oid('1.3.6.1.4.1.32473.2')))),
  // A runtime that fails the test with a known answer, whichever this one is.
  ERR_SIGNATURES_UNAVAILABLE: async () => {
    vi.resetModules()
    vi.doMock('../src/signatures/ml-dsa-known-answers.ts', async (original) => ({
      ...(await original<object>()),
      KNOWN_MESSAGE: 'another message',
    }))
    const there = await import('../src/index.ts')
    vi.doUnmock('../src/signatures/ml-dsa-known-answers.ts')
    const mlDsa = der.sequence(der.oid('2.16.840.1.101.3.4.3.17'))
    const { fullChainPem: pem } = withKey(der.sequence(mlDsa, der.bitString(new Uint8Array(1_312))))
    return failureIn(await there.createAuthenticator({ trust, clock: () => root.at }).verify({ pem }))
  },
  ERR_SIGNATURES_MD5: of(rsaRoot.issue({ signature: 'rsa-pkcs1-md5' })),
  ERR_SIGNATURES_SHA1: of(rsaRoot.issue({ signature: 'rsa-pkcs1-sha1' })),
  ERR_SIGNATURES_DSA: of(named('dsa-sha256')),
  ERR_SIGNATURES_PARAMETERS: of(declaring(der.sequence(der.oid('1.2.840.10045.4.3.2'), der.nullValue()))),
  ERR_SIGNATURES_PSS_PARAMETERS: of(broken.pssWithSha1Mask(rsaRoot)),
  ERR_SIGNATURES_PSS_SALT_LENGTH: of(broken.pssWithoutSaltLength(rsaRoot)),
  ERR_SIGNATURES_KEY_UNSUPPORTED: of(
    withKey(der.sequence(der.sequence(der.oid('1.3.6.1.4.1.32473.3')), der.bitString(new Uint8Array(32)))),
  ),
  ERR_SIGNATURES_KEY_MALFORMED: of(withKey(ed25519PublicKey(new Uint8Array(31).fill(9)))),
  ERR_SIGNATURES_KEY_MISMATCH: of(named('rsa-pkcs1-sha256')),
  ERR_SIGNATURES_RSA_SIZE: of(root.issue({ key: 'rsa1024' })),
  ERR_SIGNATURES_RSA_MODULUS: of(withKey(rsaPublicKey({ modulus: ODD + 1n, exponent: 65_537n }))),
  ERR_SIGNATURES_RSA_EXPONENT: of(withKey(rsaPublicKey({ modulus: ODD, exponent: 1n }))),
  ERR_SIGNATURES_EC_CURVE: of(root.issue({ key: 'secp256k1' })),
  ERR_SIGNATURES_EC_POINT: of(broken.pointForm(root, 'compressed')),
  ERR_SIGNATURES_EDDSA_NOT_CANONICAL: of(withKey(ed25519PublicKey(new Uint8Array(32).fill(0xff)))),
  ERR_SIGNATURES_EDDSA_SMALL_ORDER: of(withKey(ed25519PublicKey(new Uint8Array(32)))),
  ERR_SIGNATURES_INVALID: of(broken.forgedSignature(alice)),

  ERR_TRUST_NOT_READY: of(alice, { trust: { name: 'slow', load: () => new Promise<never>(() => {}) } }),

  ERR_PATH_EXPIRED: of(broken.expired(root)),
  ERR_PATH_NOT_YET_VALID: of(broken.notYetValid(root)),
  ERR_PATH_NOT_A_CA: of(broken.notAnAuthority(root).issue()),
  ERR_PATH_LENGTH: of(broken.pathTooLong(root)),
  ERR_PATH_KEY_USAGE: of(broken.wrongKeyUsage(root)),
  ERR_PATH_EXTENDED_KEY_USAGE: of(broken.wrongEku(root)),
  ERR_PATH_CRITICAL_EXTENSION: of(broken.unknownCriticalExtension(root)),
  ERR_PATH_NAME_CONSTRAINT: of(
    root
      .intermediate({ extensions: [extension.nameConstraints({ excluded: { dns: 'example' } })] })
      .issue({ san: { dns: 'a.example' } }),
  ),
  ERR_PATH_MISPLACED_CONSTRAINT: of(
    root.issue({ extensions: [extension.nameConstraints({ permitted: { dns: 'example' } })] }),
  ),
  ERR_PATH_POLICY: of(alice, { policies: { accepted: ['1.2.3'] } }),
  ERR_PATH_POLICY_MAPPING: of(
    root
      .intermediate({
        extensions: [extension.policyMappings([{ issuerDomain: '2.5.29.32.0', subjectDomain: '1.2.3' }])],
      })
      .issue(),
  ),
  ERR_PATH_TOO_LONG: of(root.intermediate().issue(), { maxIntermediates: 0 }),
  ERR_PATH_TOO_MANY_CERTIFICATES: of(root.intermediate().issue(), { limits: { presented: 0 } }),
  ERR_PATH_BUDGET: of(root.issue(), { limits: { signatureCost: 1 } }),
  ERR_PATH_ISSUER_MISSING: of(other.issue()),
  ERR_PATH_SELF_SIGNED: of(broken.selfSigned()),
  ERR_PATH_NO_ANCHOR: of(other.issue().fullChainPem + other.certificate.pem),

  ERR_REVOCATION_REVOKED: listed({ entries: [alice] }),
  ERR_REVOCATION_ON_HOLD: listed({ entries: [{ certificate: alice.certificate, reason: 'certificateHold' }] }),
  // A CRL names whom it revokes and nobody else; a responder may say that it does not know.
  ERR_REVOCATION_UNKNOWN: async () => {
    const server = await startRevocationServer({
      ocsp: { '/': (request) => answerOcspRequest(request, { issuer: root, statusOf: () => 'unknown' }) },
    })
    const responder = server.url('/')
    const fetch = { addresses: ['127.0.0.1'], ports: [server.port] }
    try {
      return await of(alice, { revocation: { follow: ['ocsp'], ocsp: { responder }, fetch } })()
    } finally {
      await server.close()
    }
  },
  ERR_REVOCATION_UNAVAILABLE: listed({ nextUpdate: null }),
  ERR_REVOCATION_NO_SOURCE: listed({}, other),

  ERR_POLICY_REFUSED: of(alice, { allow: dns('nobody') }),
  ERR_POLICY_FOREIGN_IDENTITY: async () => {
    vi.resetModules()
    const copy = await import('../src/index.ts')
    const theirs = copy.createAuthenticator({ trust, clock: () => root.at })
    const decision = await theirs.verify({ pem: alice.fullChainPem })
    if (decision.outcome !== 'accepted') throw new Error(decision.outcome)
    const failure = checkPolicy(decision.identity, dns('alice'))
    if (failure === undefined) throw new Error('an identity of another copy was judged')
    return failure
  },
}

const LISTED = Object.entries(FAILURES).flatMap(([leg, codes]) =>
  Object.entries(codes).map(([code, row]) => ({ leg, code, row })),
)

test.each(LISTED)(
  '$code is produced, and says who can fix it, by which clause, and how',
  async ({ leg, code, row }) => {
    const failure = await PRODUCED[code]?.()
    expect(failure).toMatchObject({ code, leg, fault: row.fault, clause: row.clause, hint: row.hint })
    if (failure === undefined) return
    expect(Object.isFrozen(failure)).toBe(true)
    expect(code.startsWith(`ERR_${leg.toUpperCase()}_`)).toBe(true)
    for (const text of [failure.message, failure.clause, failure.hint]) {
      expect(text).not.toMatch(/undefined|\[object|NaN|^$/)
    }
    // No PEM, key or header text: whoever logs the whole failure logs none of it.
    expect(JSON.stringify({ ...failure, hint: '' })).not.toMatch(/BEGIN|MII|"der"|%0A/)
  },
)

test('no code is left out, and none is made up', () => {
  expect(Object.keys(PRODUCED).sort()).toEqual(LISTED.map(({ code }) => code).sort())
})

describe('two copies of the library in one process', () => {
  test('do not take rules of one another', async () => {
    vi.resetModules()
    const copy = await import('../src/index.ts')
    expect(() => authenticatorFor({ allow: copy.dns('alice') })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_FOREIGN_COPY', option: 'allow' }),
    )
  })

  test('do not take paths or identities of one another', async () => {
    const { isClientIdentity, isVerifiedPath } = await import('../src/index.ts')
    vi.resetModules()
    const copy = await import('../src/index.ts')
    const decision = await copy.createAuthenticator({ trust, clock: () => root.at }).verify({ pem: alice.fullChainPem })
    if (decision.outcome !== 'accepted') throw new Error(decision.outcome)
    expect([isClientIdentity(decision.identity), copy.isClientIdentity(decision.identity)]).toEqual([false, true])
    expect([isVerifiedPath(decision.path), copy.isVerifiedPath(decision.path)]).toEqual([false, true])
  })
})
