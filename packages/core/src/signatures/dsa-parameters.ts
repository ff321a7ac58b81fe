/**
 * DSA parameters that a key leaves out because its issuer's key has them (RFC 3279 2.3.2; RFC 5280 6.1.4 d to f). Only where DSA is allowed at all.
 */
import { TAG } from '../encoding/der.ts'
import { type Certificate, isSameBytes } from '../x509/certificate.ts'

const ID_DSA = '1.2.840.10040.4.1'

/** Whether the key of a certificate takes its parameters from the issuer. */
export const inheritsParameters = ({ publicKey: { algorithm } }: Certificate): boolean =>
  algorithm.oid === ID_DSA && !hasParameters(algorithm.parameters)

/**
 * The certificate with a key that is complete: parameters of `issuer`, or undefined where that has none to give. Everything else stays as signed.
 */
export function withParametersOf(certificate: Certificate, issuer: Certificate): Certificate | undefined {
  const { oid, parameters } = issuer.publicKey.algorithm
  if (oid !== ID_DSA || parameters === null || !hasParameters(parameters)) return undefined
  const { key } = certificate.publicKey
  const algorithm = encode(TAG.sequence, ID_DSA_DER, parameters)
  const der = encode(TAG.sequence, algorithm, encode(TAG.bitString, Uint8Array.of(0), key))
  const whole = Object.freeze({ ...certificate, publicKey: { der, algorithm: { oid, parameters }, key } })
  heirs.add(whole)
  return whole
}

/** Certificates whose parameters were put in. */
const heirs = new WeakSet<Certificate>()

/**
 * Whether `issuer` may stand above a certificate: one with parameters that were put in has them of the very authority that certifies it. A namesake
 * with a generator of its own making knows the private key to every public one, and so could sign for the heir.
 */
export function mayHaveBequeathed(issuer: Certificate, certificate: Certificate): boolean {
  const own = issuer.publicKey.algorithm.parameters
  const inherited = certificate.publicKey.algorithm.parameters
  return !heirs.has(certificate) || (own !== null && inherited !== null && isSameBytes(own, inherited))
}

/** Absent, or NULL as some write it. */
const hasParameters = (parameters: Uint8Array | null): boolean => parameters !== null && parameters[0] === TAG.sequence

const ID_DSA_DER = Uint8Array.of(0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x38, 0x04, 0x01)

function encode(tag: number, ...contents: readonly Uint8Array[]): Uint8Array {
  const content = Buffer.concat(contents)
  const length = content.length < 0x80 ? [content.length] : [0x82, content.length >> 8, content.length & 0xff]
  return Buffer.concat([
    Uint8Array.of(tag, ...(content.length >= 0x80 && content.length < 0x100 ? [0x81, content.length] : length)),
    content,
  ])
}
