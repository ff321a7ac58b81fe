import { X509Certificate } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { decodeNginx, decodeNginxVerdict, encodeNginx } from '../../src/headers/nginx.ts'
import { failureOf, unwrap } from '../encoding/unwrap.ts'

/** What a real nginx sent, with the public part of its PKI: too large and not ours to keep, so read where it stands. */
const FOLDER = new URL('../../../../../shared/captures/', import.meta.url)
const ABSENT = 'the captured headers are not beside this checkout (../shared/captures)'
const isThere = existsSync(FOLDER)

type Capture = Readonly<{
  case: string
  variant: string
  status: number
  /** Node's `rawHeaders`; absent where nginx itself answered, or where what it sent is no HTTP. */
  headers?: readonly string[]
  upstreamClientError?: Readonly<{ rawPacket: string }>
}>

const captures = isThere ? (JSON.parse(readFileSync(new URL('nginx.json', FOLDER), 'utf8')) as readonly Capture[]) : []

const valuesOf = ({ headers = [] }: Capture, wanted: string) =>
  headers.filter((_, index) => index % 2 === 1 && headers[index - 1]?.toLowerCase() === wanted)

/** Which file of the PKI holds the certificate of a case; those that are no name of a file were made with `valid`. */
function certificateOf({ case: name }: Capture): X509Certificate {
  const file = existsSync(new URL(`pki/${name}.pem`, FOLDER)) ? name : name.endsWith('-wrongca') ? 'wrongca' : 'valid'
  return new X509Certificate(readFileSync(new URL(`pki/${file}.pem`, FOLDER)))
}

const named = (capture: Capture) => [`${capture.variant}, ${capture.case}`, capture] as const
const ingress = captures.filter(({ variant, headers }) => variant.startsWith('ingress-') && headers !== undefined)
const withCertificate = ingress.filter((capture) => valuesOf(capture, 'ssl-client-cert').length > 0)
const without = ingress.filter((capture) => valuesOf(capture, 'ssl-client-cert').length === 0)
const spoofed = captures.filter(
  ({ variant, case: name }) => variant === 'misconfig-inheritance' && name.startsWith('sp'),
)

if (isThere) {
  describe('what a real nginx sent', () => {
    test('is here in every variant', () => {
      expect(new Set(withCertificate.map(({ variant }) => variant)).size).toBe(3)
      expect(new Set(withCertificate.map(({ case: name }) => name)).size).toBeGreaterThan(15)
      expect(without.length).toBeGreaterThan(3)
      expect(spoofed.length).toBeGreaterThan(1)
    })

    test.each(withCertificate.map(named))(
      'is decoded to that very certificate, and encoded again to that very text: %s',
      (_, capture) => {
        const [value = '', ...more] = valuesOf(capture, 'ssl-client-cert')
        expect(more).toEqual([])
        const decoded = unwrap(decodeNginx(value))
        expect(Buffer.compare(decoded, certificateOf(capture).raw)).toBe(0)
        expect(encodeNginx(decoded)).toBe(value)
        const [verdict = ''] = valuesOf(capture, 'ssl-client-verify')
        // Behind `optional_no_ca` clients of other authorities come through, each for a reason that our own path judges again.
        expect(unwrap(decodeNginxVerdict(verdict))).toEqual(
          verdict === 'SUCCESS' ? { said: 'success' } : { said: 'failed', reason: 'path' },
        )
      },
    )

    test.each(without.map(named))(
      'is no header and the verdict NONE where there was no certificate: %s',
      (_, capture) => {
        const [verdict = ''] = valuesOf(capture, 'ssl-client-verify')
        expect(unwrap(decodeNginxVerdict(verdict))).toEqual({ said: 'none' })
      },
    )

    test.each(spoofed.map(named))('is refused where nginx let the client write the headers: %s', (_, capture) => {
      const values = valuesOf(capture, 'ssl-client-cert')
      expect(values.length).toBeGreaterThan(0)
      for (const value of values) expect(failureOf(decodeNginx(value)).code).toBe('ERR_ENCODING_PEM')
      const [verdict = ''] = valuesOf(capture, 'ssl-client-verify')
      expect(failureOf(decodeNginxVerdict(verdict)).code).toBe('ERR_HEADERS_VERDICT')
    })

    test('is refused in the form of $ssl_client_cert, which Node itself cannot read as HTTP', () => {
      const packets = captures.flatMap(({ upstreamClientError }) =>
        upstreamClientError ? [upstreamClientError.rawPacket] : [],
      )
      expect(packets.length).toBeGreaterThan(10)
      for (const packet of packets) {
        const [value = ''] = packet.slice(packet.indexOf('-----BEGIN')).split('\r\n')
        expect(value).toMatch(/^-----BEGIN CERTIFICATE-----\n\t/)
        expect(failureOf(decodeNginx(value)).code).toBe('ERR_ENCODING_PERCENT')
        // As a proxy in between would fold it.
        expect(failureOf(decodeNginx(value.replaceAll('\n\t', '\t'))).code).toBe('ERR_ENCODING_PERCENT')
      }
    })
  })
} else {
  test('what a real nginx sent is decoded', (context) => context.skip(ABSENT))
}
