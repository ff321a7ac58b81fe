/** Which kind of material is given, and what belongs to it. */
import { resolve } from 'node:path'
import {
  ConfigurationError,
  readFunction,
  readObject,
  readString,
  readWord,
  shown,
  type TlsMaterialSource,
} from '@clientcert/core'
import type { GivenMaterial, MaterialOptionName } from './given-material.ts'
import { type DirectoryLayout, LAYOUT_NAMES } from './layouts.ts'

/** Where our certificate and key are. Paths are absolute. */
export type MaterialPlace =
  | {
      readonly kind: 'files'
      readonly certChainFile: string
      readonly privateKeyFile: string
      readonly passphrase: string | undefined
    }
  | {
      readonly kind: 'pem'
      readonly certChain: Uint8Array
      readonly privateKey: Uint8Array
      readonly passphrase: string | undefined
      readonly caCertChain: Uint8Array | null
    }
  | { readonly kind: 'pfxFile'; readonly pfxFile: string; readonly passphrase: string | undefined }
  | { readonly kind: 'pfx'; readonly pfx: Uint8Array; readonly passphrase: string | undefined }
  | { readonly kind: 'directory'; readonly directory: string; readonly layout: DirectoryLayout | null }
  | { readonly kind: 'source'; readonly source: TlsMaterialSource }
  | { readonly kind: 'none' }

/** What says which kind it is; `privateKeyFile` belongs to the first. */
const KINDS = ['certChainFile', 'pem', 'pfxFile', 'pfx', 'directory', 'source', 'certificate'] as const

const KINDS_FIX =
  "Give one of `certChainFile` with `privateKeyFile`, `pem`, `pfxFile`, `pfx`, `directory`, `source`, or `certificate: 'none'`."

/** @throws {ConfigurationError} See `readMaterialOptions`. */
export function readPlace(given: GivenMaterial, name: string): MaterialPlace {
  const kind = kindOf(given, name)
  refuseStray(given, name, kind)
  const passphrase = given.passphrase === undefined ? undefined : readString(given.passphrase, 'passphrase', 'secret')
  switch (kind) {
    case 'certChainFile':
      return {
        kind: 'files',
        certChainFile: readPath(given, 'certChainFile'),
        privateKeyFile: readPath(given, 'privateKeyFile'),
        passphrase,
      }
    case 'pem':
      return readPem(given.pem)
    case 'pfxFile':
      return { kind, pfxFile: readPath(given, 'pfxFile'), passphrase }
    case 'pfx':
      return { kind, pfx: readPfx(given.pfx), passphrase }
    case 'directory': {
      const layout = given.layout === undefined ? null : readWord(given.layout, 'layout', LAYOUT_NAMES)
      return { kind, directory: readPath(given, 'directory'), layout }
    }
    case 'source':
      return { kind, source: readSource(given.source) }
    case 'certificate':
      if (given.certificate === 'none') return { kind: 'none' }
      throw mistake('certificate', `is ${shown(given.certificate, 'secret')}`, `It can be 'none' only. ${KINDS_FIX}`)
    default:
      return kind satisfies never
  }
}

/** Half a pair is said before all else, in the words in which Ambassador says it. */
function kindOf(given: GivenMaterial, name: string): (typeof KINDS)[number] {
  const [kind, other] = KINDS.filter((each) => given[each] !== undefined)
  if (other !== undefined) throw conflict(other, name, `\`${kind}\``, `Keep one of them. ${KINDS_FIX}`)
  if (kind === 'certChainFile' && given.privateKeyFile === undefined) {
    throw half(name, 'certChainFile', 'privateKeyFile', 'Give the key that belongs to the certificate.')
  }
  if (kind === undefined && given.privateKeyFile !== undefined) {
    throw half(name, 'privateKeyFile', 'certChainFile', 'Give the certificate that the key belongs to.')
  }
  if (kind !== undefined) return kind
  throw new ConfigurationError(
    'ERR_CONFIG_MISSING',
    'certChainFile',
    `TLSContext ${name}: has no certificate, nor is it said that it should have none`,
    KINDS_FIX,
  )
}

const half = (name: string, present: string, missing: string, fix: string): ConfigurationError =>
  new ConfigurationError(
    'ERR_CONFIG_MISSING',
    missing,
    `TLSContext ${name}: '${present}' requires '${missing}' as well`,
    fix,
  )

/** Which kind each of the others goes with. What would be passed over is a mistake: somebody means something by it. */
const BELONGS_TO: Readonly<Record<'privateKeyFile' | 'passphrase' | 'layout', readonly string[]>> = {
  privateKeyFile: ['certChainFile'],
  passphrase: ['certChainFile', 'pfxFile', 'pfx'],
  layout: ['directory'],
}

function refuseStray(given: GivenMaterial, name: string, kind: string): void {
  for (const option of ['privateKeyFile', 'passphrase', 'layout'] as const) {
    if (given[option] === undefined || BELONGS_TO[option].includes(kind)) continue
    const inside = option === 'passphrase' && kind === 'pem' ? 'Give it as `pem.passphrase`. ' : ''
    const fix = `${inside}It goes with ${BELONGS_TO[option].map((each) => `\`${each}\``).join(', ')}.`
    throw conflict(option, name, `\`${kind}\``, fix)
  }
}

export const conflict = (option: string, name: string, other: string, fix: string): ConfigurationError =>
  mistake(option, `TLSContext ${name}: stands beside ${other}`, fix)

const mistake = (option: string, problem: string, fix: string): ConfigurationError =>
  new ConfigurationError('ERR_CONFIG_VALUE', option, problem, fix)

/** A path, and not the text of the file: that of a key would stand in every message about it. */
export function readPath(given: GivenMaterial, option: MaterialOptionName): string {
  const path = readString(given[option], option, 'secret')
  if (!/-----BEGIN|[\0\r\n]/.test(path)) return resolve(path)
  throw mistake(
    option,
    'holds the content of a file, where its path should be',
    'Give the path; or what it holds in `pem`.',
  )
}

const PEM_NAMES = ['certChain', 'privateKey', 'passphrase', 'caCertChain'] as const

function readPem(value: unknown): MaterialPlace {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) {
    const fix = 'Give an object with `certChain` and `privateKey`.'
    throw new ConfigurationError('ERR_CONFIG_TYPE', 'pem', `is ${shown(value, 'secret')}`, fix)
  }
  const given = readObject(value, 'pem', PEM_NAMES)
  for (const missing of ['certChain', 'privateKey'] as const) {
    if (given[missing] !== undefined) continue
    const present = missing === 'certChain' ? 'privateKey' : 'certChain'
    const fix = 'Give a certificate and the key that belongs to it.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', `pem.${missing}`, `is required beside \`${present}\``, fix)
  }
  return {
    kind: 'pem',
    certChain: readText(given.certChain, 'pem.certChain'),
    privateKey: readText(given.privateKey, 'pem.privateKey'),
    passphrase: given.passphrase === undefined ? undefined : readString(given.passphrase, 'pem.passphrase', 'secret'),
    caCertChain: given.caCertChain === undefined ? null : readText(given.caCertChain, 'pem.caCertChain'),
  }
}

/** Copied, so that whoever gave it may wipe it. */
function readText(value: unknown, option: string): Uint8Array {
  if (value instanceof Uint8Array && value.length > 0) return Uint8Array.from(value)
  return Buffer.from(readString(value, option, 'secret'), 'utf8')
}

function readPfx(value: unknown): Uint8Array {
  if (value instanceof Uint8Array && value.length > 0) return Uint8Array.from(value)
  const fix = 'Give the bytes of the PFX, as a Buffer; `pfxFile` takes a path.'
  throw new ConfigurationError('ERR_CONFIG_TYPE', 'pfx', `is ${shown(value, 'secret')}`, fix)
}

function readSource(value: unknown): TlsMaterialSource {
  if (typeof value !== 'object' || value === null) {
    const fix = 'Give a TlsMaterialSource: an object with `name` and `load`.'
    throw new ConfigurationError('ERR_CONFIG_TYPE', 'source', `is ${shown(value, 'secret')}`, fix)
  }
  // Not by its own keys: sources are instances of classes as well.
  readString(Reflect.get(value, 'name'), 'source.name')
  readFunction(Reflect.get(value, 'load'), 'source.load')
  const watch: unknown = Reflect.get(value, 'watch')
  if (watch !== undefined) readFunction(watch, 'source.watch')
  return value as TlsMaterialSource
}
