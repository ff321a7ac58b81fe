/** The local sources: PEM text, a file, several files, a directory. Each reads everything or throws. */
import { list, readArray, readFunction, readObject, readString, readWord } from '../configuration.ts'
import { ConfigurationError, shown } from '../configuration-error.ts'
import { type FileSet, listFiles, nameOfFiles, readFileAtOnce, readFileSet, watchFiles } from '../sources/files.ts'
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
  return fileSource(readFileSet(kind, given[kind], `${option}.${kind}`), option, reload, shared)
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

function fileSource(files: FileSet, option: string, reload: 'watch' | 'never', shared: Shared): TrustSource {
  const at = `${option}.${files.kind}`
  const load = () => listOrRefuse(files, at).flatMap((path) => loadFile(path, at))
  const name = nameOfFiles(files)
  const watch = (changed: () => void) => watchFiles(files, changed)
  return reload === 'watch' ? { ...shared, name, load, watch } : { ...shared, name, load }
}

function listOrRefuse(files: FileSet, option: string): readonly string[] {
  try {
    return listFiles(files)
  } catch (cause) {
    throw unreadable(files.paths.join(', '), option, cause)
  }
}

function loadFile(path: string, option: string): readonly TrustMaterial[] {
  let bytes: Uint8Array
  try {
    bytes = readFileAtOnce(path, MAX_SOURCE_BYTES)
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
