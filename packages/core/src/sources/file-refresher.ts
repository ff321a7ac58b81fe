import { resolve } from 'node:path'
import { readFileAtOnce, readFileInPieces, watchFiles } from './files.ts'
import { createRefresher, type Refresher, type SourceEvent } from './refresher.ts'

/** A file that could not be read, by its absolute path. */
export class UnreadableFileError extends Error {
  override readonly name = 'UnreadableFileError'
  readonly path: string

  constructor(path: string, cause: unknown) {
    super(`${path} cannot be read: ${cause instanceof Error ? cause.message : String(cause)}`, { cause })
    this.path = path
  }
}

/** Files that are one thing together, such as a key and its certificate. */
export interface FollowedFiles<Content> {
  /** For people. */
  readonly name: string
  readonly paths: readonly string[]
  /** Of one file. */
  readonly maxBytes: number
  /** Makes one thing of the files' bytes, in the order of `paths`. @throws For what is not whole; then the last good one stays. */
  readonly parse: (contents: readonly Uint8Array[]) => Content
  readonly isSame: (a: Content, b: Content) => boolean
}

/**
 * Creates what follows files: loaded again when they change, kept at their last good content, tried again where they are not whole.
 *
 * @param clock - For `status()`.
 * @param onEvent - Told of every load but the first; `isChanged` says whether there is new content.
 */
export function createFileRefresher<Content>(
  { name, paths, maxBytes, parse, isSame }: FollowedFiles<Content>,
  clock: () => Date,
  onEvent: (event: SourceEvent, isChanged: boolean) => void,
): Refresher<Content> {
  const files = { kind: 'files', paths: paths.map((path) => resolve(path)) } as const
  return createRefresher(
    {
      name,
      load: () => parse(files.paths.map((path) => naming(path, () => readFileAtOnce(path, maxBytes)))),
      reload: async () => parse(await Promise.all(files.paths.map((path) => readNaming(path, maxBytes)))),
      watch: (changed) => watchFiles(files, changed),
      isSame,
    },
    clock,
    onEvent,
  )
}

function naming(path: string, read: () => Uint8Array): Uint8Array {
  try {
    return read()
  } catch (error) {
    throw new UnreadableFileError(path, error)
  }
}

const readNaming = (path: string, maxBytes: number): Promise<Uint8Array> =>
  readFileInPieces(path, maxBytes).catch((error: unknown) => {
    throw new UnreadableFileError(path, error)
  })
