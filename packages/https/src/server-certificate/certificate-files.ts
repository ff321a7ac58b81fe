/** The files that hold a server's key and certificate, and what is made of them. */
import { createSecureContext } from 'node:tls'
import {
  ConfigurationError,
  type FollowedFiles,
  findUnpaired,
  readObject,
  readWholePem,
  type ServerIdentity,
} from '@clientcert/core'
import { mistakeOf, type NamedFiles } from './certificate-mistake.ts'

/** Where the key and certificate of a server are. */
export type CertificateFiles = (
  | { readonly certFile: string; readonly keyFile: string; readonly pfxFile?: never }
  | { readonly pfxFile: string; readonly certFile?: never; readonly keyFile?: never }
) & {
  /** Of the key, or of the PFX. Every key that follows has to have the same. Default: none. */
  readonly passphrase?: string
}

export const CERTIFICATE_FILE_OPTION_NAMES = ['certFile', 'keyFile', 'pfxFile', 'passphrase'] as const

/** A chain of ten certificates of RSA-4096 has 25 kB. */
const MAX_BYTES = 1_048_576

/** The same in the order in which the files are read. */
export interface ResolvedFiles extends NamedFiles {
  readonly identityOf: (contents: readonly Uint8Array[]) => ServerIdentity
}

/** @param prefix - Before the names in messages, such as `hosts['a.example'].`. @throws {ConfigurationError} */
export function readCertificateFiles(value: object, prefix: string): ResolvedFiles {
  const given = readObject(value, prefix.replace(/\.$/, ''), CERTIFICATE_FILE_OPTION_NAMES)
  const text = (name: (typeof CERTIFICATE_FILE_OPTION_NAMES)[number]): string | undefined => {
    if (!(name in given)) return undefined
    const found = given[name]
    if (typeof found === 'string' && found !== '') return found
    throw new ConfigurationError(
      'ERR_CONFIG_TYPE',
      `${prefix}${name}`,
      'is no text',
      'Give a string that is not empty.',
    )
  }
  const [certFile, keyFile, pfxFile, passphrase] = [
    text('certFile'),
    text('keyFile'),
    text('pfxFile'),
    text('passphrase'),
  ]
  const withPassphrase = passphrase === undefined ? {} : { passphrase }
  if (pfxFile !== undefined) {
    if (certFile !== undefined || keyFile !== undefined) {
      const fix = 'Give the key and certificate once.'
      throw new ConfigurationError('ERR_CONFIG_VALUE', `${prefix}pfxFile`, 'stands beside `certFile` or `keyFile`', fix)
    }
    const names = { options: [`${prefix}pfxFile`], passphraseOption: `${prefix}passphrase` }
    return { paths: [pfxFile], ...names, identityOf: ([pfx]) => ({ pfx: bufferOf(pfx), ...withPassphrase }) }
  }
  if (certFile === undefined || keyFile === undefined) {
    const missing = certFile === undefined ? 'certFile' : 'keyFile'
    const fix = 'Give `certFile` and `keyFile`, or `pfxFile`.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', `${prefix}${missing}`, 'is missing', fix)
  }
  const identityOf = ([cert, key]: readonly Uint8Array[]) => ({
    cert: bufferOf(cert),
    key: bufferOf(key),
    ...withPassphrase,
  })
  const names = { options: [`${prefix}certFile`, `${prefix}keyFile`], passphraseOption: `${prefix}passphrase` }
  return { paths: [certFile, keyFile], ...names, identityOf }
}

/**
 * The files as something to follow. What is not whole gets no further than here, at any load: a key of another certificate, and what OpenSSL does not take.
 *
 * @param tls - What the certificate is used with: a cipher list may be as wrong for it as a key.
 */
export const followedCertificate = (
  name: string,
  files: ResolvedFiles,
  tls: object,
): FollowedFiles<ServerIdentity> => ({
  name,
  paths: files.paths,
  maxBytes: MAX_BYTES,
  parse: (contents) => {
    const identity = files.identityOf(contents)
    try {
      if (Buffer.isBuffer(identity.cert)) readWholePem(identity.cert)
      createSecureContext({ ...tls, ...identity })
      if (findUnpaired(identity)) throw new Error('the key and the certificate do not belong together')
    } catch (error) {
      throw mistakeOf(files, identity, error)
    }
    return identity
  },
  isSame: (a, b) => (['cert', 'key', 'pfx'] as const).every((each) => isSameBytes(a[each], b[each])),
})

const isSameBytes = (a: unknown, b: unknown): boolean =>
  a instanceof Uint8Array && b instanceof Uint8Array ? Buffer.compare(a, b) === 0 : a === b

const bufferOf = (bytes: Uint8Array | undefined): Buffer => Buffer.from(bytes ?? [])
