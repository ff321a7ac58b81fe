/** The local sources: PEM text, a file, several files, a directory. Each reads everything or throws. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, resolve } from 'node:path'
import { list, readArray, readFunction, readObject, readString, readWord } from '../configuration.ts'
import { ConfigurationError, shown } from '../configuration-error.ts'
import { watchPaths } from '../sources/watch-paths.ts'
import { readCertificates } from './read-certificates.ts'
import type { TrustMaterial, TrustSource } from './source.ts'

interface SourceOptions {
  /** Names all anchors of this source; unique among the sources. */
  readonly id?: string
  /** `true` makes certificates that are not self-signed anchors too. Default `false`; see {@link TrustSource.anchors}. */
  readonly partialChain?: boolean
}

/** Follow the files as they change (`'watch'`, the default), or read them once. */
interface FileOptions extends SourceOptions {
  readonly reload?: 'watch' | 'never'
}

/**
 * What to trust. Exactly one of `file`, `files`, `directory` and `pem`, or a {@link TrustSource} of your own.
 *
 * Self-signed certificates become trust anchors, all others path material; a source without an anchor is refused. In a directory
 * every entry counts, but for names that begin with a dot (Kubernetes mounts have `..data`).
 */
export type TrustInput =
  | (FileOptions & { readonly file: string })
  | (FileOptions & { readonly files: readonly string[] })
  | (FileOptions & { readonly directory: string })
  | (SourceOptions & { readonly pem: string | Uint8Array })
  | TrustSource

const KINDS = ['file', 'files', 'directory', 'pem'] as const

/** Largest file that is read, in bytes. */
export const MAX_SOURCE_BYTES = 16 * 1024 * 1024

/** Reads the `trust` option: one input or an array of them. */
export function readTrust(value: unknown, option: string): readonly TrustSource[] {
  const inputs = Array.isArray(value) ? readArray(value, option) : [value]
  const sources = inputs.map((input, index) =>
    readTrustInput(input, Array.isArray(value) ? `${option}[${index}]` : option),
  )
  const ids = sources.flatMap(({ id }) => (id === undefined ? [] : [id]))
  const twice = ids.find((id, index) => ids.indexOf(id) !== index)
  if (twice !== undefined) {
    throw new ConfigurationError(
      'ERR_CONFIG_ANCHOR_ID',
      option,
      `the id ${shown(twice)} is given twice`,
      'Give each source its own.',
    )
  }
  return sources
}

function readTrustInput(value: unknown, option: string): TrustSource {
  if (typeof value === 'string' || value instanceof Uint8Array) {
    const fix = 'Say which it is: { file: PATH }, { pem: TEXT } or { directory: PATH }.'
    throw new ConfigurationError(
      'ERR_CONFIG_TYPE',
      option,
      'is a bare string or buffer, which may be a path or PEM',
      fix,
    )
  }
  if (isTrustSource(value)) return readOwnSource(value, option)
  const given = readObject(value, option, [...KINDS, 'id', 'partialChain', 'reload'])
  const kinds = KINDS.filter((kind) => kind in given)
  const [kind] = kinds
  if (kind === undefined || kinds.length > 1) {
    const problem = kind === undefined ? 'names no source' : `names ${kinds.length} sources at once`
    throw new ConfigurationError(
      'ERR_CONFIG_MISSING',
      option,
      problem,
      `Give exactly one of ${list(KINDS)}; for more, an array.`,
    )
  }
  const id = 'id' in given ? { id: readString(given.id, `${option}.id`) } : {}
  const shared = { ...id, anchors: readPartialChain(given.partialChain, option) }
  if (kind === 'pem') {
    if ('reload' in given) {
      throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}.reload`, 'has no meaning for `pem`', 'Leave it out.')
    }
    return pemSource(given.pem, option, shared)
  }
  const reload = 'reload' in given ? readWord(given.reload, `${option}.reload`, ['watch', 'never']) : 'watch'
  const paths = readPaths(kind, given[kind], `${option}.${kind}`)
  return fileSource(kind, paths, option, reload, shared)
}

function readPartialChain(value: unknown, option: string): 'self-signed' | 'all' {
  if (value === undefined || value === false) return 'self-signed'
  if (value === true) return 'all'
  throw new ConfigurationError('ERR_CONFIG_TYPE', `${option}.partialChain`, `is ${shown(value)}`, 'Give true or false.')
}

type Shared = Pick<TrustSource, 'id' | 'anchors'>

function pemSource(value: unknown, option: string, shared: Shared): TrustSource {
  const text = value instanceof Uint8Array ? value : Buffer.from(readString(value, `${option}.pem`), 'utf8')
  const bytes = Uint8Array.from(text)
  return { ...shared, name: `${option} (pem)`, load: () => readCertificates(bytes, `${option}.pem`, 'pem') }
}

function readPaths(kind: 'file' | 'files' | 'directory', value: unknown, option: string): readonly string[] {
  if (kind !== 'files') return [resolve(readString(value, option))]
  return readArray(value, option).map((path, index) => resolve(readString(path, `${option}[${index}]`)))
}

function fileSource(
  kind: 'file' | 'files' | 'directory',
  paths: readonly string[],
  option: string,
  reload: 'watch' | 'never',
  shared: Shared,
): TrustSource {
  const at = `${option}.${kind}`
  const load = () =>
    (kind === 'directory' ? listDirectory(paths[0] ?? '', at) : paths).flatMap((path) => loadFile(path, at))
  // What changes when a file is replaced is its directory; a Kubernetes mount swaps a link beside the files.
  const watch = (changed: () => void) =>
    kind === 'directory'
      ? watchPaths(paths, () => paths.flatMap(entriesOf), changed)
      : watchPaths([...paths, ...paths.map(dirname)], () => paths, changed)
  const name = `${kind} ${paths.join(', ')}`
  return reload === 'watch' ? { ...shared, name, load, watch } : { ...shared, name, load }
}

function listDirectory(path: string, option: string): readonly string[] {
  try {
    return readEntries(path)
  } catch (cause) {
    throw unreadable(path, option, cause)
  }
}

const readEntries = (path: string): readonly string[] =>
  readdirSync(path)
    .filter((entry) => !entry.startsWith('.'))
    .sort()
    .map((entry) => join(path, entry))

/** For the watch: a directory that is gone has none, and loading it says so. */
function entriesOf(path: string): readonly string[] {
  try {
    return readEntries(path)
  } catch {
    return []
  }
}

function loadFile(path: string, option: string): readonly TrustMaterial[] {
  let bytes: Uint8Array
  try {
    const stat = statSync(path)
    // Reading a pipe would stop the program until somebody writes, and a device might never end.
    if (!stat.isFile()) throw new Error('it is no regular file')
    const { size } = stat
    if (size > MAX_SOURCE_BYTES) throw new Error(`${size} bytes, at most ${MAX_SOURCE_BYTES} are read`)
    bytes = readFileSync(path)
  } catch (cause) {
    throw unreadable(path, option, cause)
  }
  return readCertificates(bytes, option, path)
}

const unreadable = (path: string, option: string, cause: unknown) =>
  new ConfigurationError(
    'ERR_CONFIG_TRUST_UNREADABLE',
    option,
    `${path} could not be read (${cause instanceof Error ? cause.message : String(cause)})`,
    'Every file of a source must be readable by this process and hold certificates only; move other files elsewhere or list `files`.',
    cause,
  )

function readOwnSource(source: TrustSource, option: string): TrustSource {
  const kind = KINDS.find((name) => name in source)
  if (kind !== undefined) {
    const fix = 'Give a source of your own or one of these, not both; for more, an array.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', `${option}.${kind}`, 'stands beside `load`', fix)
  }
  readString(source.name, `${option}.name`)
  if (source.id !== undefined) readString(source.id, `${option}.id`)
  if (source.anchors !== undefined) readWord(source.anchors, `${option}.anchors`, ['self-signed', 'all'])
  if ('watch' in source && source.watch !== undefined) readFunction(Reflect.get(source, 'watch'), `${option}.watch`)
  return source
}

/** Whether a value is a source of the application's own. */
function isTrustSource(value: unknown): value is TrustSource {
  return typeof value === 'object' && value !== null && 'load' in value && typeof value.load === 'function'
}
