import type { KeyObject } from 'node:crypto'
import type { IssuedCertificate } from './issued-certificate.ts'
import type { KeyPair } from './keys.ts'

/** Whoever holds a certificate and its private key. */
export type Leaf = Readonly<{
  certificate: IssuedCertificate
  privateKey: KeyObject
  publicKey: KeyObject
  /** PKCS #8. */
  privateKeyPem: string
  /** This certificate, then its issuers, without the root; of a root, itself alone. */
  chain: readonly IssuedCertificate[]
  /** `chain` as PEM: what TLS clients and servers take as `cert`. */
  fullChainPem: string
}>

/**
 * Puts a certificate and a key together.
 *
 * Does not check that they belong together: a certificate presented with another's key is a test, too.
 *
 * @param certificate - What is presented.
 * @param keys - What it is presented with.
 * @param issuers - Sent after it, in this order. Default none.
 */
export function leafOf(
  certificate: IssuedCertificate,
  keys: KeyPair,
  issuers: readonly IssuedCertificate[] = [],
): Leaf {
  const chain = [certificate, ...issuers]
  return {
    certificate,
    privateKey: keys.privateKey,
    publicKey: keys.publicKey,
    privateKeyPem: keys.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
    chain,
    fullChainPem: chain.map(({ pem }) => pem).join(''),
  }
}
