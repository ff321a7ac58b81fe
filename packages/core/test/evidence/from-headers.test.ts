import '@clientcert/testing/vitest'
import { broken, headersFor } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { evidenceFromHeaders, type OnProxyVerdict } from '../../src/evidence/from-headers.ts'
import { createCustomFormat } from '../../src/headers/custom.ts'
import type { HeaderFormat } from '../../src/headers/header-format.ts'
import { createFormat, decodeNginx, encodeNginx } from '../../src/headers/index.ts'
import { explain, reasonOf } from '../../src/index.ts'
import { alice, authenticatorFor, behindNginx, LOOPBACK, linesFor, root } from '../behind-nginx.ts'
import { requestPlainly, serve } from '../serving.ts'

const stranger = broken.selfSigned({ subject: 'mallory' })

const CERTIFICATE = headersFor('nginx', alice)['ssl-client-cert'] ?? ''

/** The kind of evidence, or the code of its failure. */
function evidenceOf(certificate: string | null, verdict: string | null, rule: OnProxyVerdict): string {
  const values = new Map([
    ...(certificate === null ? [] : [['ssl-client-cert', [certificate]] as const]),
    ...(verdict === null ? [] : [['ssl-client-verify', [verdict]] as const]),
  ])
  const asserted = { values, lookAlikes: [], hopByHop: [], withoutLine: [], lines: 1 }
  const evidence = evidenceFromHeaders(createFormat('nginx'), asserted, rule, { key: {} })
  return evidence.kind === 'unusable' ? evidence.failure.code : evidence.kind
}

const PRESENTED = 'presented'
const NONE = 'none'
const VERDICT = 'ERR_EVIDENCE_VERDICT'
const CONTRADICTION = 'ERR_EVIDENCE_CONTRADICTION'
const NO_VERDICT = 'ERR_HEADERS_VERDICT'

describe('a certificate with the verdict of the proxy', () => {
  test.each([
    // verdict, consistent, must-succeed, ignore
    ['SUCCESS', PRESENTED, PRESENTED, PRESENTED],
    [null, PRESENTED, VERDICT, PRESENTED],
    ['NONE', CONTRADICTION, CONTRADICTION, PRESENTED],
    // What we judge again, with our own store.
    ['FAILED:unable to get local issuer certificate', PRESENTED, VERDICT, PRESENTED],
    ['FAILED:self-signed certificate', PRESENTED, VERDICT, PRESENTED],
    ['FAILED:self signed certificate', PRESENTED, VERDICT, PRESENTED],
    ['FAILED: unable to verify the first certificate', PRESENTED, VERDICT, PRESENTED],
    ['FAILED:certificate has expired', PRESENTED, VERDICT, PRESENTED],
    // What only the proxy may be able to see.
    ['FAILED:certificate revoked', VERDICT, VERDICT, PRESENTED],
    ['FAILED:unable to get certificate CRL', VERDICT, VERDICT, PRESENTED],
    ['FAILED:CRL has expired', VERDICT, VERDICT, PRESENTED],
    ['FAILED:certificate status request failed', VERDICT, VERDICT, PRESENTED],
    ['FAILED:application verification failure', VERDICT, VERDICT, PRESENTED],
    ['FAILED:a reason of a version to come', VERDICT, VERDICT, PRESENTED],
    ['FAILED:', VERDICT, VERDICT, PRESENTED],
    ['FAILED:CERTIFICATE HAS EXPIRED', VERDICT, VERDICT, PRESENTED],
    // What nginx never writes.
    ['', NO_VERDICT, NO_VERDICT, PRESENTED],
    ['success', NO_VERDICT, NO_VERDICT, PRESENTED],
    ['SUCCESS ', NO_VERDICT, NO_VERDICT, PRESENTED],
    ['SUCCESS, SUCCESS', NO_VERDICT, NO_VERDICT, PRESENTED],
    ['GENEROUS', NO_VERDICT, NO_VERDICT, PRESENTED],
    ['0', NO_VERDICT, NO_VERDICT, PRESENTED],
    ['FAILED', NO_VERDICT, NO_VERDICT, PRESENTED],
  ])('%o: %s | %s | %s', (verdict, consistent, mustSucceed, ignore) => {
    expect(evidenceOf(CERTIFICATE, verdict, 'consistent')).toBe(consistent)
    expect(evidenceOf(CERTIFICATE, verdict, 'must-succeed')).toBe(mustSucceed)
    expect(evidenceOf(CERTIFICATE, verdict, 'ignore')).toBe(ignore)
  })
})

describe('a verdict without a certificate', () => {
  test.each([
    ['NONE', NONE, NONE, NONE],
    [null, NONE, NONE, NONE],
    ['SUCCESS', CONTRADICTION, CONTRADICTION, NONE],
    ['FAILED:self-signed certificate', CONTRADICTION, CONTRADICTION, NONE],
    ['FAILED:certificate revoked', CONTRADICTION, CONTRADICTION, NONE],
    ['', NO_VERDICT, NO_VERDICT, NONE],
    ['none', NO_VERDICT, NO_VERDICT, NONE],
  ])('%o: %s | %s | %s', (verdict, consistent, mustSucceed, ignore) => {
    for (const certificate of [null, '']) {
      expect(evidenceOf(certificate, verdict, 'consistent')).toBe(consistent)
      expect(evidenceOf(certificate, verdict, 'must-succeed')).toBe(mustSucceed)
      expect(evidenceOf(certificate, verdict, 'ignore')).toBe(ignore)
    }
  })

  test('names what NGINX Ingress is missing: the annotation that passes the certificate on', async () => {
    const { port, last } = await serve('http', behindNginx(undefined, { mode: 'optional' }))
    await requestPlainly({ port }, [['ssl-client-verify', 'SUCCESS']])
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_CONTRADICTION')
    expect(explain(last().decision).join('\n')).toContain('auth-tls-pass-certificate-to-upstream: "true"')
  })
})

describe('what to change is said of the header that is missing or wrong', () => {
  const DER = Buffer.from(alice.certificate.der).toString('base64')
  const [der, used, verify] = ['x-ssl-client-der', 'x-ssl-client-used', 'x-ssl-client-verify']
  const failureBehind = (format: HeaderFormat, lines: Readonly<Record<string, string>>) => {
    const values = new Map(Object.entries(lines).map(([name, value]) => [name, [value]]))
    const asserted = { values, lookAlikes: [], hopByHop: [], withoutLine: [], lines: values.size }
    const evidence = evidenceFromHeaders(format, asserted, 'consistent', { key: {} })
    if (evidence.kind !== 'unusable') throw new Error(evidence.kind)
    return evidence.failure
  }
  const haproxy = createFormat('haproxy')

  test('of HAProxy with a certificate that it says was not used: of its verdict, and not of its buffer', () => {
    const failure = failureBehind(haproxy, { [der]: DER, [used]: '0', [verify]: '0' })
    expect(failure).toMatchObject({
      presence: 'present',
      message: `the proxy says none (${verify} is '0', ${used} is '0'), and the certificate is present (${der})`,
      proxyHint: expect.stringContaining(
        `${verify} and ${used} and ${der} have to be of the same connection`,
      ) as string,
    })
    expect(failure).not.toMatchObject({ proxyHint: expect.stringContaining('tune.bufsize') as string })
  })

  test('of HAProxy with a certificate alone: that the verdict is absent, and who may have removed it', () => {
    expect(failureBehind(haproxy, { [der]: DER })).toMatchObject({
      message: `the proxy says nothing (${verify} is absent, ${used} is absent), and the certificate is present (${der})`,
      proxyHint: expect.stringMatching(
        new RegExp(`^Have the proxy set ${verify} and ${used} wherever it sets ${der}.*Connection`),
      ) as string,
    })
  })

  test('of HAProxy with a number of OpenSSL: what it means', () => {
    expect(failureBehind(haproxy, { [der]: DER, [used]: '1', [verify]: '23' })).toMatchObject({
      code: VERDICT,
      message: expect.stringContaining(
        `(${verify} is '23' (certificate revoked, if it is a number of OpenSSL), ${used} is '1')`,
      ) as string,
    })
    expect(failureBehind(haproxy, { [der]: DER, [used]: '1', [verify]: '95' })).toMatchObject({
      message: expect.stringContaining(`(${verify} is '95', ${used} is '1')`) as string,
    })
  })

  test('of HAProxy without the certificate: of its buffer', () => {
    expect(failureBehind(haproxy, { [der]: '', [used]: '1', [verify]: '0' })).toMatchObject({
      presence: 'absent',
      proxyHint: haproxy.missingCertificateHint,
    })
  })

  test('of a proxy of your own, with a certificate and no verdict: to send the verdict, and not the certificate', () => {
    const format = createCustomFormat({
      header: 'x-cert',
      chainHeader: null,
      encoding: 'base64-der',
      verify: { header: 'x-verify', success: ['0'], none: ['NONE'] },
      absent: [],
    })
    const failure = failureBehind(format, { 'x-cert': DER })
    expect(failure).toMatchObject({
      message: 'the proxy says nothing (x-verify is absent), and the certificate is present (x-cert)',
      proxyHint: expect.stringMatching(/^Have the proxy set x-verify wherever it sets x-cert\./) as string,
    })
    // No text of the certificate.
    expect(JSON.stringify(failure)).not.toContain(DER.slice(0, 16))
  })

  test('of an Envoy that says it by the element itself: no header is named as the verdict', () => {
    expect(failureBehind(createFormat('envoy'), { 'x-forwarded-client-cert': 'Hash=00' })).toMatchObject({
      message: 'the proxy says success, and the certificate is absent (x-forwarded-client-cert)',
    })
  })
})

describe('the verdict', () => {
  test('admits nobody: a certificate of strangers is refused under SUCCESS', async () => {
    for (const onProxyVerdict of ['consistent', 'must-succeed', 'ignore'] as const) {
      const { port, last } = await serve('http', authenticatorFor({ from: { ...LOOPBACK, onProxyVerdict } }))
      await requestPlainly({ port }, linesFor(stranger))
      expect(last().decision).toBeRejectedWith('ERR_PATH_SELF_SIGNED')
      await requestPlainly({ port }, [['ssl-client-verify', 'SUCCESS']])
      expect(last().decision.outcome).toBe('rejected')
    }
  })

  test('admits no chain that is forged by its names alone, with SUCCESS beside it (CVE-2026-35616)', async () => {
    const forged = broken.otherAuthority(root).issue('alice')
    expect(forged.certificate.x509.issuer).toBe(alice.certificate.x509.issuer)
    const { port, last } = await serve('http', behindNginx())
    await requestPlainly({ port }, linesFor(forged))
    expect(linesFor(forged)).toContainEqual(['ssl-client-verify', 'SUCCESS'])
    expect(last().decision).toBeRejectedWith('ERR_SIGNATURES_INVALID')
  })

  test("is told in a word of ours, and the proxy's own is repeated, escaped and cut to 64 characters", async () => {
    const { port, last } = await serve('http', behindNginx())
    const reasonBy = async (verify: string) => {
      await requestPlainly({ port }, linesFor(alice, { verify }))
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_VERDICT')
      return reasonOf(last().decision)
    }
    expect(await reasonBy('FAILED:certificate revoked')).toContain(
      "the proxy says failed, for a reason that only it can see (ssl-client-verify is 'FAILED:certificate revoked'), which onProxyVerdict 'consistent' refuses",
    )
    expect(await reasonBy('FAILED:\u0085\u00ad')).toContain("is 'FAILED:\\u{85}\\u{ad}'")
    expect(await reasonBy(`FAILED:${'x'.repeat(57)}`)).toContain(`'FAILED:${'x'.repeat(57)}'`)
    expect(await reasonBy(`FAILED:${'x'.repeat(58)}`)).toContain(`'FAILED:${'x'.repeat(54)}...'`)
    // What is no verdict at all is nobody's word.
    await requestPlainly({ port }, linesFor(alice, { verify: 'mallory' }))
    expect(last().decision).toBeRejectedWith('ERR_HEADERS_VERDICT')
    expect(JSON.stringify(last().decision)).not.toContain('mallory')
  })

  test.each([
    ['refuses it', 'FAILED:certificate revoked', VERDICT],
    ['denies it', 'NONE', CONTRADICTION],
    ['is none', 'perhaps', NO_VERDICT],
  ] as const)('names the certificate where it %s: whose it is, unverified', async (_, verify, code) => {
    const { port, last } = await serve('http', behindNginx())
    await requestPlainly({ port }, linesFor(stranger, { verify }))
    const { x509 } = stranger.certificate
    expect(last().decision).toBeRejectedWith(code)
    expect(last().decision).toMatchObject({ presented: null, identity: null })
    expect(explain(last().decision)).toContainEqual(
      `certificate: end entity: CN=mallory, serial ${x509.serialNumber.toLowerCase()}, SHA-256 ${x509.fingerprint256.replaceAll(':', '').toLowerCase()}`,
    )
    expect(reasonOf(last().decision)).toContain(`${code} [end entity: CN=mallory] `)
  })

  test('stays what refuses where the certificate cannot be decoded, parsed, or is beyond the limit on one', async () => {
    const refusal = async (lines: ReturnType<typeof linesFor>, certificateBytes: number) => {
      const { port, last } = await serve('http', behindNginx(undefined, { limits: { certificateBytes } }))
      await requestPlainly({ port }, lines)
      expect(last().decision).toBeRejectedWith(VERDICT)
      return last().decision
    }
    const verify = 'FAILED:certificate revoked'
    // The limit may be 512 and up.
    const long = root.issue({
      subject: 'long',
      san: { dns: Array.from({ length: 8 }, (_, index) => `${'x'.repeat(40)}-${index}`) },
    })
    const size = long.certificate.der.length
    expect(await refusal(linesFor(long, { verify }), size)).toMatchObject({
      failure: { certificate: { subject: 'CN=long' } },
    })
    expect(await refusal(linesFor(long, { verify }), size - 1)).toMatchObject({ failure: { certificate: null } })
    for (const text of ['hello', encodeNginx(Uint8Array.of(0x30, 0))]) {
      const lines = [
        ['ssl-client-cert', text],
        ['ssl-client-verify', verify],
      ] as const
      expect(await refusal(lines, size)).toMatchObject({ failure: { certificate: null } })
    }
  })

  test.each(['ssl-client-subject-dn', 'ssl-client-issuer-dn'])('is no certificate, and nor is %s', async (name) => {
    const { port, last } = await serve('http', behindNginx())
    await requestPlainly({ port }, [[name, 'CN=alice']])
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_NO_CERTIFICATE')
    await requestPlainly({ port }, [...linesFor(alice).slice(0, 2), [name, 'CN=root']])
    expect(last().decision).toMatchObject({ outcome: 'accepted', identity: { subject: 'CN=alice' } })
  })
})

describe('a header that cannot be decoded', () => {
  test.each([
    ['not percent-encoded', '%zz', 'ERR_ENCODING_PERCENT'],
    ['not ASCII', '%E9', 'ERR_ENCODING_PERCENT'],
    ['no PEM', 'hello', 'ERR_ENCODING_PEM'],
    ['PEM of something else', CERTIFICATE.replaceAll('CERTIFICATE', 'PUBLIC%20KEY'), 'ERR_ENCODING_PEM'],
    ['two certificates', CERTIFICATE + CERTIFICATE, 'ERR_HEADERS_CERTIFICATE_COUNT'],
    ['base64 with a foreign character', CERTIFICATE.replace('%0A', '%0A!'), 'ERR_ENCODING_PEM'],
    ['a Caddy placeholder', '{http.request.tls.client.certificate_der_base64}', 'ERR_ENCODING_PEM'],
    ["Apache's (null)", '(null)', 'ERR_ENCODING_PEM'],
  ])('is refused in every mode but off, %s', async (_, value, code) => {
    for (const mode of ['required', 'optional', 'optional-no-ca', 'accept-unverified'] as const) {
      const { port, last } = await serve('http', behindNginx(undefined, { mode }))
      await requestPlainly({ port }, [['ssl-client-cert', value]])
      expect(last().decision).toMatchObject({ outcome: 'rejected', reason: 'rejected', failure: { code } })
    }
  })

  test('is refused beyond the limit on its characters before anything is decoded', async () => {
    const { port, last } = await serve('http', behindNginx())
    expect(decodeNginx('A'.repeat(131_073))).toMatchObject({
      ok: false,
      failure: { code: 'ERR_ENCODING_TOO_LARGE', limit: 131_072 },
    })
    expect(decodeNginx('A'.repeat(131_072))).toMatchObject({ failure: { code: 'ERR_ENCODING_PEM' } })
    await requestPlainly({ port }, [['ssl-client-cert', 'A'.repeat(15_000)]])
    expect(last().decision).toBeRejectedWith('ERR_ENCODING_PEM')
  })
})
