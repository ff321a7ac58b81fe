import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto'
import { readWholePem } from '@clientcert/core'
import { certificateRef } from '@clientcert/core/x509'
import { type Found, type FoundPair, MAX_CHAIN_CERTIFICATES } from './found-material.ts'
import { materialError, reasonOf } from './material-error.ts'
import { type OwnCertificate, pemOf } from './own-certificate.ts'
import { readChain } from './read-chain.ts'

/**
 * Reads a chain and the key of its first certificate.
 *
 * OpenSSL compares the two only where both are of one type; an RSA key beside an EC certificate makes a context of which every handshake fails.
 *
 * @throws {MaterialError} `ERR_MATERIAL_MALFORMED`, `ERR_MATERIAL_TOO_LARGE`, `ERR_MATERIAL_PASSPHRASE`, `ERR_MATERIAL_MISMATCH`.
 */
export function parsePair({ certChain, privateKey, passphrase }: FoundPair): OwnCertificate {
  const { option, from } = certChain
  const chain = readChain(certChain, 'certificate', MAX_CHAIN_CERTIFICATES)
  const key = readPrivateKey(privateKey, passphrase)
  const isItsOwn = (der: Uint8Array): boolean => new X509Certificate(der).checkPrivateKey(key)
  if (!isItsOwn(chain[0].der)) {
    const other = chain.findIndex(({ der }) => isItsOwn(der))
    const [certificate, another] = [chain[0], chain[other]]
    throw materialError('ERR_MATERIAL_MISMATCH', {
      option,
      from,
      certificate: certificateRef(certificate, 0),
      keyFrom: privateKey.from,
      belongsTo: another === undefined ? null : certificateRef(another, other),
    })
  }
  const identity = {
    cert: chain.map(pemOf).join(''),
    key: Buffer.from(privateKey.bytes),
    ...(passphrase === undefined ? {} : { passphrase }),
  }
  return { identity: Object.freeze(identity), chain, place: { option, from } }
}

/** An encrypted key says so in its PEM: PKCS #8 (RFC 7468 section 11) and the older form of OpenSSL (RFC 1421 4.6.1.1). */
const ENCRYPTED = /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/

function readPrivateKey({ option, from, bytes }: Found, passphrase: string | undefined): KeyObject {
  const key = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  try {
    return createPrivateKey({ key, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) })
  } catch (thrown) {
    const text = key.toString('latin1')
    if (ENCRYPTED.test(text) && text.includes('-----END ')) {
      const problem = passphrase === undefined ? 'missing' : 'wrong'
      throw materialError('ERR_MATERIAL_PASSPHRASE', { option, from, problem }, thrown)
    }
    const reason = text.includes('PRIVATE KEY-----')
      ? reasonOf(brokenPem(bytes) ?? thrown)
      : 'it has no PRIVATE KEY block'
    throw materialError('ERR_MATERIAL_MALFORMED', { option, from, what: 'private key', reason }, thrown)
  }
}

/** OpenSSL's own words for a text that is cut are "unsupported" and "not enough data". */
function brokenPem(bytes: Uint8Array): unknown {
  try {
    readWholePem(bytes)
    return undefined
  } catch (thrown) {
    return thrown
  }
}
