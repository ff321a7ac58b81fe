/**
 * PEM, strictly.
 *
 * The rule that matters is about what stands *between* blocks. Two files concatenated without a newline give
 * `-----END CERTIFICATE----------BEGIN CERTIFICATE-----` on one line, and Node's TLS then silently trusts neither; OpenSSL and
 * `new X509Certificate()` skip junk and keep the first block only. A list of trusted certificates of which a part is silently
 * missing is the worst outcome, so each byte must belong to a block, to a comment line outside blocks, or to white space.
 */
import { ok, type Refused, type Result, refused } from '../result.ts'
import { decodeBase64 } from './base64.ts'
import { type CertificateDer, certificateDerFrom } from './certificate-der.ts'
import { type EncodingFailure, encodingFailure } from './failures.ts'

const BEGIN = '-----BEGIN CERTIFICATE-----'
const END = '-----END CERTIFICATE-----'
const LINE = 64

export interface PemLimits {
  readonly maxBlocks: number
  /** Text between blocks: `'refuse'` for headers, `'allow'` for files, where `openssl x509 -text` and comments are common. */
  readonly explanatoryText: 'refuse' | 'allow'
}

const broken = (offset: number, reason: string, isGlued = false) =>
  refused(encodingFailure('ERR_ENCODING_PEM', { offset, reason, isGlued }))

/**
 * Decodes a sequence of `CERTIFICATE` blocks (RFC 7468 section 3, "stricttextualmsg" but for the line length).
 *
 * Lenient: the base64 may be broken into lines of any length, with LF, CRLF or spaces (Apache turns newlines into spaces).
 * Any other label is refused, `TRUSTED CERTIFICATE` and private keys included.
 *
 * @param text - Untrusted. The caller bounds its length.
 * @returns At least one certificate, in the order of the text.
 */
export function decodePem(
  text: string,
  limits: PemLimits,
): Result<readonly [CertificateDer, ...CertificateDer[]], EncodingFailure> {
  const certificates: CertificateDer[] = []
  let at = 0
  for (;;) {
    const begin = text.indexOf('-----', at)
    const gap = checkGap(text, at, begin === -1 ? text.length : begin, certificates.length, limits)
    if (gap) return gap
    if (begin === -1) break
    if (!text.startsWith(BEGIN, begin)) return broken(begin, 'a marker that is not BEGIN CERTIFICATE')
    if (certificates.length === limits.maxBlocks) {
      const limit = limits.maxBlocks
      return refused(encodingFailure('ERR_ENCODING_TOO_LARGE', { limit, present: limit + 1, unit: 'blocks' }))
    }
    const end = text.indexOf('-----', begin + BEGIN.length)
    if (end === -1 || !text.startsWith(END, end))
      return broken(end === -1 ? text.length : end, 'a block without its END CERTIFICATE')
    const body = decodeBase64(text.slice(begin + BEGIN.length, end).replace(/[\r\n\t ]/g, ''))
    if (!body.ok) return broken(begin, `base64 of block ${certificates.length + 1}: ${body.failure.message}`)
    certificates.push(certificateDerFrom(body.value))
    at = end + END.length
  }
  const [first, ...rest] = certificates
  return first ? ok([first, ...rest]) : broken(0, 'no CERTIFICATE block')
}

/** What stands before, between or after blocks: white space always, other text only as whole lines and only if allowed. */
function checkGap(text: string, from: number, to: number, blocks: number, limits: PemLimits) {
  return gapProblem(text.slice(from, to), { from, to, blocks, isLast: to === text.length }, limits.explanatoryText)
}

/** Where a gap lies: its offsets, the number of blocks before it, and whether it ends the text. */
export interface Gap {
  readonly from: number
  readonly to: number
  readonly blocks: number
  readonly isLast: boolean
}

/** The rules for what stands outside the blocks. */
export function gapProblem(
  text: string,
  { from, to, blocks, isLast }: Gap,
  explanatoryText: PemLimits['explanatoryText'],
): Refused<EncodingFailure> | undefined {
  const glued = blocks > 0 && !isLast && !/[\r\n ]/.test(text)
  if (glued) return broken(to, `block ${blocks + 1} begins on the line on which block ${blocks} ends`, true)
  if (text.trim() === '') return undefined
  if (explanatoryText === 'refuse') return broken(from, 'text outside the blocks')
  const ownLines = (blocks === 0 || /^[\t ]*\r?\n/.test(text)) && (isLast || /\n[\t ]*$/.test(text))
  return ownLines ? undefined : broken(from, 'text on the same line as a BEGIN or END marker')
}

/** Encodes one certificate as OpenSSL writes it: lines of 64, LF, a newline at the end. */
export const encodePem = (der: Uint8Array): string => encodePemBlock('CERTIFICATE', der)

/** Encodes one block of a label, such as `X509 CRL`, in the same way. */
export function encodePemBlock(label: string, der: Uint8Array): string {
  const base64 = Buffer.from(der.buffer, der.byteOffset, der.byteLength).toString('base64')
  const lines: string[] = [`-----BEGIN ${label}-----`]
  for (let at = 0; at < base64.length; at += LINE) lines.push(base64.slice(at, at + LINE))
  return `${[...lines, `-----END ${label}-----`].join('\n')}\n`
}
