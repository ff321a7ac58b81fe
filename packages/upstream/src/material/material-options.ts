/** Whence our certificate comes, as it is written, and read strictly: exactly one kind, and nothing by half. */
import { readInteger, readWord, type TlsMaterialSource } from '@clientcert/core'
import type { GivenMaterial } from './given-material.ts'
import type { DirectoryLayout } from './layouts.ts'
import { conflict, type MaterialPlace, readPath, readPlace } from './read-place.ts'

export { type GivenMaterial, MATERIAL_OPTION_NAMES } from './given-material.ts'

/** Each kind, without those that all have. */
interface CertificateKinds {
  readonly files: {
    /** PEM: our certificate, then its intermediates. */
    readonly certChainFile: string
    /** PEM of its key. */
    readonly privateKeyFile: string
    /** Of an encrypted key; the keys that follow have to have the same. Secret. Default none. */
    readonly passphrase?: string
  }
  readonly pem: {
    /** The same in memory, which does not rotate: for that there are `source` and files. */
    readonly pem: {
      /** PEM: our certificate, then its intermediates. */
      readonly certChain: string | Uint8Array
      /** PEM of its key. Secret. */
      readonly privateKey: string | Uint8Array
      /** Of an encrypted key. Secret. Default none. */
      readonly passphrase?: string
      /** PEM of the authorities of the servers. Default: as that of `caCertChainFile`, which is another way to give them. */
      readonly caCertChain?: string | Uint8Array
    }
  }
  readonly pfxFile: {
    /** PKCS #12 (RFC 7292): certificate, key and intermediates in one file. */
    readonly pfxFile: string
    /** Of the PFX; those that follow have to have the same. Secret. Default none. */
    readonly passphrase?: string
  }
  readonly pfx: {
    /** The same in memory, which does not rotate. */
    readonly pfx: Uint8Array
    /** Of the PFX. Secret. Default none. */
    readonly passphrase?: string
  }
  readonly directory: {
    /** A mounted Secret, or where Istio's or SPIRE's agent writes. Authorities in it are those of the servers, unless `caCertChainFile` names others. */
    readonly directory: string
    /** By which names. Default: found by what is there; two at once are refused. */
    readonly layout?: DirectoryLayout
  }
  readonly source: {
    /** Anything else that rotates, such as Consul's agent. Authorities that it loads are those of the servers, unless `caCertChainFile` names others. */
    readonly source: TlsMaterialSource
  }
  readonly none: {
    /** No certificate of our own. */
    readonly certificate: 'none'
  }
}

type Keys<Kind> = Kind extends unknown ? keyof Kind : never
type Exclusive<Kind, Every = Kind> = Kind extends unknown
  ? Kind & { readonly [Other in Exclude<Keys<Every>, keyof Kind>]?: never }
  : never

/** Our certificate with its key, by exactly one of these. All of it is trusted, and keys and passphrases are secret. */
export type CertificateOptions = Exclusive<CertificateKinds[keyof CertificateKinds]>

/** Options of `createTlsContext` about our own certificate, and the authorities that come with it. */
export type MaterialOptions = CertificateOptions & {
  /** PEM of the authorities by which servers are verified. Default: those that come with the certificate, else its self-signed tail, else what Node trusts. */
  readonly caCertChainFile?: string
  /** Whether a context without usable material is a mistake, or one that refuses connections until there is some. Default {@link DEFAULT_WHEN_MISSING}. */
  readonly whenMissing?: 'fail' | 'wait'
  /** How long before its end our certificate is spoken of, in seconds, 0 to 31,536,000. Default: a fifth of its lifetime, at most seven days. */
  readonly warnBeforeExpirySeconds?: number
}

export interface ResolvedMaterial {
  /** Of the context, for people. */
  readonly context: string
  readonly place: MaterialPlace
  /** Wins over what a directory or source holds. Absolute. */
  readonly caCertChainFile: string | null
  readonly whenMissing: 'fail' | 'wait'
  /** Null for the default, which depends on the certificate. */
  readonly warnBeforeExpirySeconds: number | null
}

export const DEFAULT_WHEN_MISSING = 'fail'

const YEAR_SECONDS = 31_536_000

/**
 * Reads whence the certificate of a context comes.
 *
 * Looks at no file: see `createMaterialStore`.
 *
 * @param given - The application's, of which {@link MATERIAL_OPTION_NAMES} are read.
 * @param name - Of the context, for messages.
 * @throws {ConfigurationError} `ERR_CONFIG_MISSING` for none or half a pair, `ERR_CONFIG_VALUE` for two kinds at once or an option that does not go with the kind,
 *   `ERR_CONFIG_TYPE` and `ERR_CONFIG_RANGE`. No message holds a key, a passphrase, or a text that might be one.
 */
export function readMaterialOptions(given: GivenMaterial, name: string): ResolvedMaterial {
  const place = readPlace(given, name)
  const caCertChainFile = given.caCertChainFile === undefined ? null : readPath(given, 'caCertChainFile')
  if (caCertChainFile !== null && place.kind === 'pem' && place.caCertChain !== null) {
    throw conflict('caCertChainFile', name, '`pem.caCertChain`', 'Give the authorities once.')
  }
  return Object.freeze({
    context: name,
    place: Object.freeze(place),
    caCertChainFile,
    whenMissing:
      given.whenMissing === undefined
        ? DEFAULT_WHEN_MISSING
        : readWord(given.whenMissing, 'whenMissing', ['fail', 'wait']),
    warnBeforeExpirySeconds:
      given.warnBeforeExpirySeconds === undefined
        ? null
        : readInteger(given.warnBeforeExpirySeconds, 'warnBeforeExpirySeconds', 0, YEAR_SECONDS),
  })
}
