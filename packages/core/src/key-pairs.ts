import { createPrivateKey, X509Certificate } from 'node:crypto'
import type { KeyObject, SecureContextOptions } from 'node:tls'
import { ConfigurationError } from './configuration-error.ts'

type Pairs = Pick<SecureContextOptions, 'key' | 'cert' | 'pfx' | 'passphrase'>

/**
 * Finds what stands alone among a server's certificates and keys: a certificate without its key, or a key without its certificate.
 *
 * OpenSSL compares the two only where both are of one type: it has a place for one pair of each, so that it makes a context of an EC certificate and an RSA key,
 * and every handshake under it fails.
 *
 * What cannot be read is passed over, and refused by `createSecureContext` in its own words. So is a PFX, in which OpenSSL looks for the certificate of the key
 * and finds none beside it (Node 20 to 26: "Unable to load certificate from PFX data").
 *
 * @returns Null where each has its other.
 */
export function findUnpaired({ cert, key, pfx, passphrase }: Pairs): 'cert' | 'key' | null {
  if (!cert || !key || pfx) return null
  const certificates = listOf(cert).map((each) => read(() => new X509Certificate(each)))
  const keys = listOf(key).map((each) => read(() => createPrivateKey(keyInput(each, passphrase))))
  if (certificates.includes(null) || keys.includes(null)) return null
  const isPair = (certificate: (typeof certificates)[number], privateKey: (typeof keys)[number]): boolean =>
    certificate !== null && privateKey !== null && certificate.checkPrivateKey(privateKey)
  if (!certificates.every((certificate) => keys.some((each) => isPair(certificate, each)))) return 'cert'
  return keys.every((each) => certificates.some((certificate) => isPair(certificate, each))) ? null : 'key'
}

/**
 * Checks that each certificate of a server stands beside its key.
 *
 * @param prefix - Before the names in messages, such as `hosts['a.example'].`.
 * @throws {ConfigurationError} `ERR_CONFIG_VALUE`.
 */
export function checkKeyPairs(pairs: Pairs, prefix = ''): void {
  const unpaired = findUnpaired(pairs)
  if (unpaired === null) return
  const problem = unpaired === 'cert' ? 'does not belong to `cert`' : 'has one that belongs to no certificate in `cert`'
  const fix = 'Give each certificate with the key that was made for it; several of each as two arrays.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', `${prefix}key`, problem, fix)
}

/** As Node reads `key`: with a passphrase of its own, or that of all. */
function keyInput(
  key: string | Buffer | KeyObject,
  common: string | undefined,
): Parameters<typeof createPrivateKey>[0] {
  const { pem, passphrase = common } = typeof key === 'object' && 'pem' in key ? key : { pem: key }
  return { key: pem, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) }
}

const listOf = <One>(value: One | One[]): readonly One[] => (Array.isArray(value) ? value : [value])

function read<Value>(reader: () => Value): Value | null {
  try {
    return reader()
  } catch {
    return null
  }
}
