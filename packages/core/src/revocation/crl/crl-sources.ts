/** Where CRLs come from: text, bytes, a file, several files, a directory, a URL. Each is read whole or not at all. */
import { list, readArray, readObject, readString, readWord } from '../../configuration.ts'
import { ConfigurationError, shown } from '../../configuration-error.ts'
import { atOnce, inSlices } from '../../slices.ts'
import {
  type FileSet,
  listFiles,
  nameOfFiles,
  readFileAtOnce,
  readFileInPieces,
  readFileSet,
  watchFiles,
} from '../../sources/files.ts'
import type { Refreshable } from '../../sources/refresher.ts'
import { isSameBytes } from '../../x509/certificate.ts'
import type { CertificateList } from '../../x509/crl.ts'
import { type LoadedCrl, readCrls } from './loaded-crl.ts'

/** Follow the files as they change (`'watch'`, the default), or read them once. */
interface FileOptions {
  readonly reload?: 'watch' | 'never'
}

/** CRLs at hand. Exactly one of `file`, `files`, `directory`, `pem`, `der` and `url`; each holds one CRL in DER or any number in PEM. */
export type CrlInput =
  | (FileOptions & { readonly file: string })
  | (FileOptions & { readonly files: readonly string[] })
  | (FileOptions & { readonly directory: string })
  | { readonly pem: string | Uint8Array }
  | { readonly der: Uint8Array }
  /** Fetched at start and again in time. */
  | { readonly url: string }

export type CrlSource = Refreshable<readonly LoadedCrl[]>

/** A URL, of which `url-source.ts` makes a source where there is something that fetches. */
export interface CrlUrl {
  readonly url: string
  /** Where it was given, for messages. */
  readonly option: string
}

export interface CrlSources {
  readonly local: readonly CrlSource[]
  readonly urls: readonly CrlUrl[]
}

const KINDS = ['file', 'files', 'directory', 'pem', 'der', 'url'] as const

/** Largest file of CRLs, in bytes. The largest public CRLs have 10 MB; a million entries are 50 MB of PEM. */
export const MAX_CRL_BYTES = 128 * 1024 * 1024

/** Reads the option `revocation.crls`: one input or an array of them. */
export function readCrlSources(value: unknown, option: string): CrlSources {
  const read = Array.isArray(value)
    ? readArray(value, option).map((input, index) => readCrlSource(input, `${option}[${index}]`))
    : [readCrlSource(value, option)]
  return {
    local: read.filter((source) => 'load' in source),
    urls: read.filter((source) => 'url' in source),
  }
}

function readCrlSource(value: unknown, option: string): CrlSource | CrlUrl {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const fix = 'Say which it is: { file: PATH }, { pem: TEXT }, { der: BYTES } or { directory: PATH }.'
    throw new ConfigurationError('ERR_CONFIG_TYPE', option, 'is a bare string or buffer, which may be anything', fix)
  }
  const given = readObject(value, option, [...KINDS, 'reload'])
  const kinds = KINDS.filter((kind) => kind in given)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    const problem = kind === undefined ? 'names no source' : `names ${kinds.length} sources at once`
    const fix = `Give exactly one of ${list(KINDS)}; for more, an array.`
    throw new ConfigurationError('ERR_CONFIG_MISSING', option, problem, fix)
  }
  if (kind === 'pem' || kind === 'der' || kind === 'url') {
    if ('reload' in given) {
      throw new ConfigurationError(
        'ERR_CONFIG_VALUE',
        `${option}.reload`,
        `has no meaning for \`${kind}\``,
        'Leave it out.',
      )
    }
    if (kind === 'url') return { url: readString(given.url, `${option}.url`), option: `${option}.url` }
    return bytesSource(kind, given[kind], `${option}.${kind}`)
  }
  const reload = 'reload' in given ? readWord(given.reload, `${option}.reload`, ['watch', 'never']) : 'watch'
  return fileSource(readFileSet(kind, given[kind], `${option}.${kind}`), `${option}.${kind}`, reload)
}

function bytesSource(kind: 'pem' | 'der', value: unknown, option: string): CrlSource {
  if (kind === 'der' && !(value instanceof Uint8Array)) {
    throw new ConfigurationError('ERR_CONFIG_TYPE', option, `is ${shown(value)}`, 'Give the bytes of one CRL.')
  }
  const octets = value instanceof Uint8Array ? value : Buffer.from(readString(value, option), 'utf8')
  const copy = new Uint8Array(octets)
  return { name: option, load: () => parseAtOnce(copy, option, option), isSame: isSameCrls }
}

function fileSource(files: FileSet, option: string, reload: 'watch' | 'never'): CrlSource {
  const source: CrlSource = {
    name: nameOfFiles(files),
    load: () => filesOf(files, option).flatMap((path) => parseAtOnce(readOrRefuse(path, option), path, option)),
    reload: async () => {
      const crls: LoadedCrl[] = []
      for (const path of filesOf(files, option)) crls.push(...(await loadInSlices(path, option)))
      return crls
    },
    isSame: isSameCrls,
  }
  return reload === 'watch' ? { ...source, watch: (changed) => watchFiles(files, changed) } : source
}

function filesOf(files: FileSet, option: string): readonly string[] {
  try {
    return listFiles(files)
  } catch (cause) {
    throw unreadable(files.paths.join(', '), option, cause)
  }
}

function readOrRefuse(path: string, option: string): Uint8Array {
  try {
    return readFileAtOnce(path, MAX_CRL_BYTES)
  } catch (cause) {
    throw unreadable(path, option, cause)
  }
}

function parseAtOnce(octets: Uint8Array, origin: string, option: string): readonly LoadedCrl[] {
  const crls = atOnce(readCrls(octets, origin))
  if (!crls.ok) throw malformed(crls.failure, option)
  return crls.value
}

async function loadInSlices(path: string, option: string): Promise<readonly LoadedCrl[]> {
  const crls = await inSlices(readCrls(await readFileInPieces(path, MAX_CRL_BYTES), path))
  if (!crls.ok) throw malformed(crls.failure, option)
  return crls.value
}

const unreadable = (path: string, option: string, cause: unknown) =>
  new ConfigurationError(
    'ERR_CONFIG_CRL_UNREADABLE',
    option,
    `${path} could not be read (${cause instanceof Error ? cause.message : String(cause)})`,
    'Every file of a source must be readable by this process and hold CRLs only; move other files elsewhere or list `files`.',
    cause,
  )

const malformed = (problem: string, option: string) =>
  new ConfigurationError(
    'ERR_CONFIG_CRL_MALFORMED',
    option,
    problem,
    'Keep `X509 CRL` blocks only, or one CRL in DER; `openssl crl -in FILE -noout -text` shows what a file holds.',
  )

/** To the octet: a CRL that was written again is the same. The signature first, which tells two of a million entries apart without reading those. */
export function isSameCrls(a: readonly LoadedCrl[], b: readonly LoadedCrl[]): boolean {
  return a.length === b.length && a.every(({ list }, index) => isSameList(list, b[index]?.list))
}

const isSameList = (a: CertificateList, b: CertificateList | undefined): boolean =>
  b !== undefined && isSameBytes(a.signature, b.signature) && isSameBytes(a.der, b.der)
