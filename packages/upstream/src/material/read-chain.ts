import { readWholePem } from '@clientcert/core'
import { type Certificate, parseCertificate } from '@clientcert/core/x509'
import type { Found } from './found-material.ts'
import { materialError, reasonOf } from './material-error.ts'

const BEGIN = '-----BEGIN CERTIFICATE-----'

/**
 * Reads the certificates of a text in PEM, at least one and at most `limit`.
 *
 * @param what - For people: `certificate` or `authorities`.
 * @throws {MaterialError} `ERR_MATERIAL_MALFORMED`, `ERR_MATERIAL_TOO_LARGE`.
 */
export function readChain(
  { option, from, bytes }: Found,
  what: string,
  limit: number,
): readonly [Certificate, ...Certificate[]] {
  const malformed = (reason: string, cause?: unknown) =>
    materialError('ERR_MATERIAL_MALFORMED', { option, from, what, reason }, cause)
  // Counted before any is read: a megabyte of them would take a sixth of a second.
  const present = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1').split(BEGIN).length - 1
  if (present > limit) {
    throw materialError('ERR_MATERIAL_TOO_LARGE', { option, from, limit, present, unit: 'certificates' })
  }
  let ders: readonly Uint8Array[]
  try {
    ders = readWholePem(bytes)
  } catch (thrown) {
    throw malformed(reasonOf(thrown), thrown)
  }
  const [first, ...others] = ders.map((der, position) => {
    const parsed = parseCertificate(der, { position })
    if (parsed.ok) return parsed.value
    throw malformed(`certificate ${position + 1}: ${parsed.failure.message}`)
  })
  if (first === undefined) throw malformed(lackOf(bytes))
  return [first, ...others]
}

function lackOf(bytes: Uint8Array): string {
  if (bytes.length === 0) return 'it is empty'
  const isKey = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).includes(' PRIVATE KEY-----')
  return isKey ? 'it has a PRIVATE KEY and no CERTIFICATE block: are the two swapped?' : 'it has no CERTIFICATE block'
}
