import { describe, expect, test } from 'vitest'
import { createFormat } from '../../src/headers/registry.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'
import {
  ABSENT,
  areCapturesHere,
  assertedLines,
  authorities,
  CAPTURED_PROXIES,
  type CapturedProxy,
  type CapturedRequest,
  captureCount,
  certificateOf,
  formatOf,
  isWithoutCertificate,
  requestsOf,
} from './captures.ts'
import { expectedReading } from './captures-expected.ts'
import { outcomeOf } from './outcome.ts'

/** What a captured request is read as, in one of five words. */
function readingOf(request: CapturedRequest): 'certificate' | 'none' | 'refused' | 'answered' | 'unreadable' {
  if (request.rawPacket !== null) return 'unreadable'
  if (request.headers === null) return 'answered'
  const format = formatOf(request)
  const { kind } = outcomeOf(format, assertedLines(request, format))
  return kind === 'certificates' ? 'certificate' : kind
}

/** How many requests of a proxy there are of each kind, for the title. */
function tally(requests: readonly CapturedRequest[]): string {
  const readings = requests.map(readingOf)
  const count = (word: (typeof readings)[number]) => readings.filter((reading) => reading === word).length
  return `${count('certificate')} certificates, ${count('none')} none, ${count('refused')} refused, ${count('answered')} answered by the proxy itself, ${count('unreadable')} no HTTP`
}

const named = (requests: readonly CapturedRequest[]) => requests.map((request) => [request.title, request] as const)

const titleOf = (proxy: CapturedProxy, requests: readonly CapturedRequest[]) =>
  `${proxy}: ${captureCount(proxy)} captures, ${requests.length} requests: ${tally(requests)}`

if (areCapturesHere) {
  describe.each(CAPTURED_PROXIES)('what a real %s sent', (proxy) => {
    const requests = requestsOf(proxy)
    const arrived = requests.filter(({ headers }) => headers !== null)

    const title = titleOf(proxy, requests)

    test(title, ({ task }) => {
      task.meta.told = title
      expect(new Set(requests.map(({ case: name }) => name)).size).toBe(23)
      const expected = arrived.map(expectedReading).filter((reading) => reading === 'certificate')
      expect(requests.map(readingOf).filter((reading) => reading === 'certificate')).toHaveLength(expected.length)
      expect(expected.length).toBeGreaterThan(10)
    })

    test.each(named(arrived))('comes to what its table says, and to that very certificate: %s', (_, request) => {
      const format = formatOf(request)
      const outcome = outcomeOf(format, assertedLines(request, format))
      const expected = expectedReading(request)
      if (outcome.kind !== 'certificates') {
        expect(outcome.kind === 'none' ? 'none' : outcome.code).toBe(expected)
        return
      }
      expect(expected).toBe('certificate')
      expect(isWithoutCertificate(request)).toBe(false)
      const [endEntity, ...issuers] = outcome.base64
      expect(endEntity).toBe(certificateOf(request))
      for (const issuer of issuers) expect(authorities()).toContain(issuer)
    })

    test('never holds what a client wrote where a certificate is read', () => {
      const spoofed = arrived.filter(({ headers }) => headers?.some((value) => value.includes('SPOOF')))
      expect(spoofed.length).toBeGreaterThan(3)
      for (const request of spoofed) {
        if (expectedReading(request) !== 'certificate') continue
        const format = formatOf(request)
        const lines = assertedLines(request, format)
        expect(JSON.stringify([...lines])).not.toContain('SPOOF')
      }
    })
  })

  describe('the formats', () => {
    const own: Readonly<Record<string, readonly string[]>> = {
      nginx: ['ingress-on', 'ingress-optional', 'ingress-optional_no_ca'],
      haproxy: ['f1-optional-ignore'],
      apache: ['std-optional_no_ca', 'env-style'],
      caddy: ['require', 'verify_if_given'],
    }
    const configured = CAPTURED_PROXIES.flatMap((proxy) => requestsOf(proxy)).filter(
      ({ proxy, variant, headers }) => headers !== null && own[proxy]?.includes(variant),
    )
    const clients = configured.filter((request) => expectedReading(request) === 'certificate')
    const nobody = configured.filter((request) => expectedReading(request) === 'none' && request.case === 'nocert')

    test('are those of four proxies', () => {
      expect(new Set(clients.map(({ proxy }) => proxy)).size).toBe(4)
      expect(new Set(nobody.map(({ proxy }) => proxy)).size).toBe(4)
    })

    test.each(named(clients))('write certificate and chain byte for byte as the proxy did: %s', (_, request) => {
      const format = formatOf(request)
      const lines = assertedLines(request, format)
      const { certificate, verdict } = unwrap(format.read(lines))
      if (!certificate) throw new Error('no certificate')
      const written = format.encode({
        certificates: unwrap(certificate.decode()),
        failedFor: verdict === null || unwrap(verdict).said === 'success' ? null : 'unknown',
        subject: '',
        issuer: '',
        serialNumber: '',
        fingerprint: '',
        notBefore: new Date(0),
        notAfter: new Date(0),
        uris: [],
        dnsNames: [],
      })
      const isSuccess = verdict !== null && unwrap(verdict).said === 'success'
      expect(written[format.certificateHeader]).toBe(lines.get(format.certificateHeader)?.[0])
      for (const [header, [value] = []] of lines) {
        const isVerdict = header === format.verdictHeader
        if (isVerdict ? isSuccess : written[header] !== undefined) expect(written[header]).toBe(value)
      }
    })

    test.each(named(nobody))('write nobody as the proxy did: %s', (_, request) => {
      const format = formatOf(request)
      const written = format.encode(null)
      for (const [header, [value] = []] of assertedLines(request, format)) {
        // mod_headers writes the environment's missing variable as nothing, that of mod_ssl as (null); we write the latter.
        const isEmpty = request.variant === 'env-style' && value === ''
        expect(written[header]).toBe(isEmpty ? '(null)' : value)
      }
    })
  })

  describe('what Apache sent as base64 of PEM (expr=%{base64:...})', () => {
    const headers = { certificate: 'ssl-client-cert-b64', verdict: 'ssl-client-verify' }
    const format = createFormat('apache', { headers })
    const escaped = requestsOf('apache').filter(
      ({ variant, headers: sent }) => variant === 'expr-escape' && sent !== null,
    )
    const clients = escaped.filter((request) => expectedReading(request) === 'certificate')

    test.each(named(clients))('is that very certificate: %s', (_, request) => {
      expect(outcomeOf(format, assertedLines(request, format))).toEqual({
        kind: 'certificates',
        base64: [certificateOf(request)],
      })
    })

    test('is refused once a client had the verdict deleted', () => {
      const stripped = escaped.filter(({ case: name }) => name === 'strip-cert')
      expect(stripped).toHaveLength(1)
      for (const request of stripped) {
        expect(outcomeOf(format, assertedLines(request, format))).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
      }
    })
  })

  test('what nginx makes of $ssl_client_cert is refused as text, too, and Node cannot read it as HTTP', () => {
    const packets = requestsOf('nginx').flatMap(({ rawPacket }) => (rawPacket === null ? [] : [rawPacket]))
    expect(packets.length).toBeGreaterThan(10)
    const format = createFormat('nginx')
    for (const packet of packets) {
      const [value = ''] = packet.slice(packet.indexOf('-----BEGIN')).split('\r\n')
      expect(value).toMatch(/^-----BEGIN CERTIFICATE-----\n\t/)
      // As it is, and as a proxy in between would fold it.
      for (const text of [value, value.replaceAll('\n\t', '\t')]) {
        const { certificate } = unwrap(format.read(new Map([[format.certificateHeader, [text]]])))
        if (!certificate) throw new Error('no certificate')
        expect(failureOf(certificate.decode()).code).toBe('ERR_ENCODING_PERCENT')
      }
    }
  })
} else {
  test('what real proxies sent is decoded', (context) => context.skip(ABSENT))
}
