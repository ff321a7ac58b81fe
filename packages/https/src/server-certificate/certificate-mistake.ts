/** What is wrong with the files of a server's key and certificate: which of them, and what to do. OpenSSL says neither. */
import { createPrivateKey, type PrivateKeyInput, X509Certificate } from 'node:crypto'
import { resolve } from 'node:path'
import { createSecureContext } from 'node:tls'
import { ConfigurationError, readWholePem, type ServerIdentity, UnreadableFileError } from '@clientcert/core'

/** Files and what they are called. */
export interface NamedFiles {
  readonly paths: readonly string[]
  /** The options that name them, with whatever they stand in. */
  readonly options: readonly string[]
  /** The same of the passphrase, which need not be given. */
  readonly passphraseOption: string
}

/** An encrypted key says so in its PEM: PKCS #8 (RFC 7468 section 11) and the older form of OpenSSL (RFC 1421 4.6.1.1). */
const ENCRYPTED = /BEGIN ENCRYPTED PRIVATE KEY|Proc-Type: 4,ENCRYPTED/

const RENEWAL = 'While both are being written this passes by itself.'

/** @param thrown - What OpenSSL says of all of it together. */
export function mistakeOf(files: NamedFiles, identity: ServerIdentity, thrown: unknown): ConfigurationError {
  return identity.pfx === undefined ? mistakeOfPair(files, identity, thrown) : mistakeOfPfx(files, identity, thrown)
}

/** The same of a file that cannot be read; undefined for another error. */
export function mistakeOfReading({ paths, options }: NamedFiles, error: unknown): ConfigurationError | undefined {
  if (!(error instanceof UnreadableFileError)) return undefined
  const option = options[paths.findIndex((path) => resolve(path) === error.path)]
  const fix = 'Give the path of a file that this process may read.'
  return option === undefined
    ? undefined
    : new ConfigurationError(
        'ERR_CONFIG_VALUE',
        option,
        `names a file that cannot be used: ${error.message}`,
        fix,
        error,
      )
}

function mistakeOfPair(
  { paths: [certFile = '', keyFile = ''], options: [certOption = '', keyOption = ''], passphraseOption }: NamedFiles,
  { cert, key, passphrase }: ServerIdentity,
  thrown: unknown,
): ConfigurationError {
  const certProblem = reasonOf(() => {
    if (Buffer.isBuffer(cert)) readWholePem(cert)
    createSecureContext({ cert })
  })
  if (certProblem !== undefined) {
    const fix = `Write the certificate, with those between it and the root, to that file in PEM. ${RENEWAL}`
    return mistake(certOption, `names ${certFile}, which holds no whole certificate: ${certProblem}`, fix, thrown)
  }
  const input = { key, format: 'pem', ...(passphrase === undefined ? {} : { passphrase }) } as PrivateKeyInput
  const keyProblem = reasonOf(() => createPrivateKey(input))
  if (keyProblem !== undefined) {
    if (ENCRYPTED.test(textOf(key))) return mistakeOfPassphrase(passphraseOption, keyFile, passphrase, thrown)
    const fix = `Write the private key to that file in PEM. ${RENEWAL}`
    return mistake(keyOption, `names ${keyFile}, which holds no whole private key: ${keyProblem}`, fix, thrown)
  }
  if (!new X509Certificate(cert as Buffer).checkPrivateKey(createPrivateKey(input))) {
    const fix = `Write a certificate and its own key, the server's certificate first. ${RENEWAL}`
    return mistake(
      keyOption,
      `names ${keyFile}, whose key does not belong to the certificate of ${certFile}`,
      fix,
      thrown,
    )
  }
  const fix = 'Give a certificate that goes with `ciphers`, `minVersion` and the like, or change these.'
  return mistake(certOption, `names ${certFile}, which the server cannot use: ${messageOf(thrown)}`, fix, thrown)
}

function mistakeOfPfx(
  { paths: [pfxFile = ''], options: [option = ''], passphraseOption }: NamedFiles,
  { passphrase }: ServerIdentity,
  thrown: unknown,
): ConfigurationError {
  const reason = messageOf(thrown)
  if (/mac verify failure/i.test(reason)) return mistakeOfPassphrase(passphraseOption, pfxFile, passphrase, thrown)
  const fix = `Write a PFX (PKCS #12) with the certificate and its key, encrypted as OpenSSL 3 takes it by default. ${RENEWAL}`
  return mistake(option, `names ${pfxFile}, which OpenSSL does not take: ${reason}`, fix, thrown)
}

function mistakeOfPassphrase(option: string, file: string, given: unknown, thrown: unknown): ConfigurationError {
  return given === undefined
    ? new ConfigurationError('ERR_CONFIG_MISSING', option, `is missing, and ${file} is encrypted`, 'Give it.', thrown)
    : mistake(option, `does not open ${file}`, 'Give the passphrase that the file was encrypted with.', thrown)
}

const mistake = (option: string, problem: string, fix: string, thrown: unknown): ConfigurationError =>
  new ConfigurationError('ERR_CONFIG_VALUE', option, problem, fix, thrown)

/** Why something throws; undefined where it does not. */
function reasonOf(attempt: () => unknown): string | undefined {
  try {
    attempt()
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const textOf = (key: unknown): string => (Buffer.isBuffer(key) ? key.toString('latin1') : '')
