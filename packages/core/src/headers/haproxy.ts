/**
 * HAProxy, told what to send by `http-request set-header`:
 *
 * - `x-ssl-client-der %[ssl_c_der,base64]` is the end entity in base64 on one line;
 * - `x-ssl-client-chain-der %[ssl_c_chain_der,base64]` is what the client sent behind it, the DER of one after that of another, in one base64; empty on a
 *   resumed session;
 * - `x-ssl-client-used %[ssl_c_used]` is `1` where there is a certificate, resumed sessions included, else `0`;
 * - `x-ssl-client-verify %[ssl_c_verify]` is OpenSSL's number, and **`0` also where there is no certificate**: it counts together with `used` only.
 *
 * HAProxy writes an empty value where it has none; on a bind without TLS all four are empty (measured with 2.6.12). It writes an empty certificate, too, with `used 1` and
 * `verify 0`, where the certificate does not fit its buffer (measured with 2.6.12): said success without a certificate, which is refused.
 *
 * @see https://docs.haproxy.org/2.6/configuration.html#7.3.4
 */
import { decodeBase64 } from '../encoding/base64.ts'
import { ok, type Result, refused } from '../result.ts'
import { decodeBase64Der, splitDer } from './certificate-text.ts'
import { type HeadersFailure, headersFailure } from './failures.ts'
import {
  checkLength,
  defineFormat,
  type ForwardedCertificates,
  type HeaderTextFailure,
  lineOf,
  MAX_CHAIN_CHARACTERS,
} from './header-format.ts'
import { verifyErrorNumber, verifyErrorText } from './openssl-verify-result.ts'
import { decodeOpensslVerdict, type ProxyVerdict } from './verdict.ts'

const NAME = 'haproxy'

export const HAPROXY = defineFormat({
  vendorPage: 'https://docs.haproxy.org/2.6/configuration.html#7.3.4',
  headers: {
    certificate: 'x-ssl-client-der',
    chain: 'x-ssl-client-chain-der',
    verify: 'x-ssl-client-verify',
    used: 'x-ssl-client-used',
  },
  settings: [],
  create: (names) => ({
    proxy: NAME,
    certificateHeader: names.certificate,
    verdictHeader: names.verify,
    otherVerdictHeaders: [names.used],
    // Without `used` the number says nothing, and half of the lines is half of a configuration.
    withoutVerdict: 'contradiction',
    assertedHeaders: Object.values(names),
    listHeaders: new Set(),
    missingCertificateHint:
      'HAProxy sends an empty certificate, without a word, where the certificate does not fit its buffer: raise tune.bufsize (16384 by default). It needs all three of http-request set-header for ssl_c_der,base64, ssl_c_verify and ssl_c_used.',
    read: (lines) => {
      const text = lineOf(lines, names.certificate) ?? ''
      const chain = lineOf(lines, names.chain) ?? ''
      const [used, verify] = [lineOf(lines, names.used), lineOf(lines, names.verify)]
      const verdict = used === undefined && verify === undefined ? null : decodeVerdict(used, verify, names)
      // The end entity comes last: see `AssertedCertificate.text`.
      const certificate =
        text === '' ? null : { text: `${chain}\n${text}`, decode: () => decodeCertificates(text, chain) }
      return ok({ certificate, verdict })
    },
    encode: (client) => {
      const [leaf, ...chain] = client?.certificates ?? []
      const failure = client?.failedFor ?? null
      return {
        [names.certificate]: leaf === undefined ? '' : base64(leaf),
        [names.chain]: base64(Buffer.concat(chain)),
        [names.verify]: failure === null ? '0' : String(verifyErrorNumber(failure)),
        [names.used]: leaf === undefined ? '0' : '1',
      }
    },
  }),
})

const base64 = (octets: Uint8Array): string =>
  Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString('base64')

function decodeCertificates(text: string, chain: string): Result<ForwardedCertificates, HeaderTextFailure> {
  const tooLong = checkLength(chain, MAX_CHAIN_CHARACTERS)
  if (tooLong) return tooLong
  const leaf = decodeBase64Der(text)
  if (!leaf.ok) return leaf
  if (chain === '') return ok([leaf.value])
  const octets = decodeBase64(chain)
  if (!octets.ok) return octets
  const issuers = splitDer(octets.value, NAME)
  return issuers.ok ? ok([leaf.value, ...issuers.value]) : issuers
}

/** Longest result of OpenSSL has two digits; what has more than three is no result of any version. */
const VERIFY_ERROR = /^[1-9]\d{0,2}$/

function decodeVerdict(
  used: string | undefined,
  verify: string | undefined,
  names: { readonly used: string; readonly verify: string },
): Result<ProxyVerdict, HeadersFailure> {
  const broken = (header: string) => refused(headersFailure('ERR_HEADERS_VERDICT', { proxy: NAME, header }))
  const isUsed = used === '1'
  const isUnused = used === '0' || used === ''
  if (!isUsed && !isUnused) return broken(names.used)
  // A bind without TLS leaves both empty.
  if (isUnused) return verify === '0' || (used === '' && verify === '') ? ok({ said: 'none' }) : broken(names.verify)
  if (verify === '0') return ok({ said: 'success' })
  if (verify === undefined || !VERIFY_ERROR.test(verify)) return broken(names.verify)
  return decodeOpensslVerdict(`FAILED:${verifyErrorText(verify) ?? ''}`, NAME, names.verify)
}
