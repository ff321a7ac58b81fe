/** Files, several files, a directory: what a source on disk is, how it is read, and how it is followed. */
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { readFile, stat } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { readArray, readString } from '../configuration.ts'
import { watchPaths } from './watch-paths.ts'

export type FileKind = 'file' | 'files' | 'directory'

/** Files as an option names them. In a directory every entry counts, but for names that begin with a dot (Kubernetes mounts have `..data`). */
export interface FileSet {
  readonly kind: FileKind
  /** One directory, or the files. Absolute. */
  readonly paths: readonly string[]
}

/** Reads the value of the option `file`, `files` or `directory`. */
export function readFileSet(kind: FileKind, value: unknown, option: string): FileSet {
  const paths =
    kind === 'files'
      ? readArray(value, option).map((path, index) => readString(path, `${option}[${index}]`))
      : [readString(value, option)]
  return { kind, paths: paths.map((path) => resolve(path)) }
}

export const nameOfFiles = ({ kind, paths }: FileSet): string => `${kind} ${paths.join(', ')}`

/** The files of a set at the moment. @throws Whatever the system says of a directory that cannot be read. */
export const listFiles = ({ kind, paths }: FileSet): readonly string[] =>
  kind === 'directory' ? paths.flatMap(readEntries) : paths

/** Calls `changed` whenever one of the files may have changed, until the returned function is called. */
export function watchFiles({ kind, paths }: FileSet, changed: () => void): () => void {
  // What changes when a file is replaced is its directory; a Kubernetes mount swaps a link beside the files.
  return kind === 'directory'
    ? watchPaths(paths, () => paths.flatMap(entriesOf), changed)
    : watchPaths([...paths, ...paths.map(dirname)], () => paths, changed)
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

/** Reads a file while the program starts. @throws Whatever the system says, and for what is no regular file or too large. */
export function readFileAtOnce(path: string, maxBytes: number): Uint8Array {
  const found = statSync(path)
  checkFile(found.isFile(), found.size, maxBytes)
  return readFileSync(path)
}

/** The same without stopping the event loop: Node reads in pieces of half a megabyte. */
export async function readFileInPieces(path: string, maxBytes: number): Promise<Uint8Array> {
  const found = await stat(path)
  checkFile(found.isFile(), found.size, maxBytes)
  return readFile(path)
}

/** Reading a pipe would stop the program until somebody writes, and a device might never end. */
function checkFile(isFile: boolean, size: number, maxBytes: number): void {
  if (!isFile) throw new Error('it is no regular file')
  if (size > maxBytes) throw new Error(`${size} bytes, at most ${maxBytes} are read`)
}
