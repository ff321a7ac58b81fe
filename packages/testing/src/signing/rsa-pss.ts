import { constants, type KeyObject, privateEncrypt, sign } from 'node:crypto'
import * as der from '../der-pieces.ts'
import { encodeEmsaPss } from './emsa-pss.ts'
import { HASH_LENGTHS, HASH_OIDS, type HashName, type SignatureScheme } from './scheme.ts'

const RSASSA_PSS = '1.2.840.113549.1.1.10'
const MGF1 = '1.2.840.113549.1.1.8'

/** The fields of RSASSA-PSS-params (RFC 4055 section 3.1). One that is left out is left out of the encoding. */
export type PssParametersInput = Readonly<{
  hash?: HashName
  mgf1Hash?: HashName
  /** Octets. */
  saltLength?: number
  trailerField?: number
}>

/**
 * Encodes RSASSA-PSS-params exactly as asked.
 *
 * Left-out fields *mean* SHA-1, MGF1 with SHA-1, 20 octets and trailer 1 to a reader that follows RFC 4055. Does not
 * leave out a field whose value is the DEFAULT: that is the caller's word.
 */
export function pssParameters(input: PssParametersInput): Uint8Array {
  return der.sequence(
    ...(input.hash === undefined ? [] : [der.explicit(0, hashIdentifier(input.hash))]),
    ...(input.mgf1Hash === undefined
      ? []
      : [der.explicit(1, der.sequence(der.oid(MGF1), hashIdentifier(input.mgf1Hash)))]),
    ...(input.saltLength === undefined ? [] : [der.explicit(2, der.integer(input.saltLength))]),
    ...(input.trailerField === undefined ? [] : [der.explicit(3, der.integer(input.trailerField))]),
  )
}

export type RsaPssOptions = Readonly<{
  /** Default `sha256`. */
  hash?: HashName
  /** The hash of MGF1. Default `hash`. */
  mgf1Hash?: HashName
  /** Salt in octets. Default the length of `hash`. */
  saltLength?: number
  /** What the certificate declares: `'matching'` (default), no parameters, or any DER, such as {@link pssParameters}. */
  parameters?: 'matching' | 'absent' | Uint8Array
}>

/**
 * Creates an RSASSA-PSS scheme (RFC 4055, RFC 8017 section 8.1) in which the declaration may differ from the deed.
 *
 * Takes an RSA key, or an id-RSASSA-PSS one as long as `mgf1Hash` is `hash`: OpenSSL lets such a key sign only in full,
 * by its own MGF1 hash.
 *
 * @example
 * // Salt of 32 octets, but the parameters do not say so, which means 20.
 * root.issue({ signature: rsaPss({ parameters: pssParameters({ hash: 'sha256', mgf1Hash: 'sha256' }) }) })
 */
export function rsaPss(options: RsaPssOptions = {}): SignatureScheme {
  const { hash = 'sha256', mgf1Hash = hash, saltLength = HASH_LENGTHS[hash], parameters = 'matching' } = options
  const declared =
    parameters === 'matching'
      ? [pssParameters({ hash, mgf1Hash, saltLength })]
      : parameters === 'absent'
        ? []
        : [parameters]
  return {
    identifier: der.sequence(der.oid(RSASSA_PSS), ...declared),
    sign: (signed, privateKey) =>
      mgf1Hash === hash
        ? sign(hash, signed, { key: privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength })
        : signRaw(
            encodeEmsaPss({ message: signed, modulusBits: bitsOf(privateKey), hash, mgf1Hash, saltLength }),
            privateKey,
          ),
  }
}

function signRaw(encoded: Uint8Array, key: KeyObject): Uint8Array {
  return privateEncrypt({ key, padding: constants.RSA_NO_PADDING }, encoded)
}

function bitsOf(key: KeyObject): number {
  const bits = key.asymmetricKeyDetails?.modulusLength
  if (bits === undefined) throw new TypeError(`RSASSA-PSS needs an RSA key, not ${key.asymmetricKeyType}`)
  return bits
}

function hashIdentifier(hash: HashName): Uint8Array {
  return der.sequence(der.oid(HASH_OIDS[hash]), der.nullValue())
}
