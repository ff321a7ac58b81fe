import { existsSync, lstatSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import type { Found, FoundMaterial } from './found-material.ts'
import { type DirectoryLayout, LAYOUT_NAMES, LAYOUTS } from './layouts.ts'
import { MaterialError, materialError, reasonOf } from './material-error.ts'
import { isAbsent, readFound } from './read-files.ts'

/** A mount is swapped once a minute at most. Who finds one swapped all the time takes what was read last, and is told of the change as well. */
const MAX_ATTEMPTS = 5

/** Where the files of a directory are at the moment. */
interface Generation {
  readonly path: string
  /** Whether all of them are replaced at once, by the link `..data` (Kubernetes' AtomicWriter). */
  readonly isAtomic: boolean
}

/**
 * Reads the certificate, key and authorities of a directory, all of one generation: the directory, and Kubernetes' `..data` in it, are resolved once, and a directory
 * that is swapped meanwhile is either read to its end or read again.
 *
 * @param layout - Null to find it by what is there now.
 * @param hasAuthorities - Whether they are given elsewhere: then none are looked for here.
 * @throws {MaterialError} `ERR_MATERIAL_MISSING`, `ERR_MATERIAL_AMBIGUOUS`, `ERR_MATERIAL_TOO_LARGE`.
 */
export function readDirectory(
  directory: string,
  layout: DirectoryLayout | null,
  hasAuthorities: 'here' | 'elsewhere',
): FoundMaterial {
  for (let attempt = 1; ; attempt++) {
    const generation = resolveGeneration(directory)
    const isToBeReadAgain = (): boolean =>
      attempt < MAX_ATTEMPTS && resolveGeneration(directory).path !== generation.path
    try {
      const found = readGeneration(directory, generation, layout ?? findLayout(directory, generation), hasAuthorities)
      // One that is being removed has lost files, and that of the authorities is not missed.
      if (!isToBeReadAgain()) return found
    } catch (thrown) {
      if (!(thrown instanceof MaterialError) || !isToBeReadAgain()) throw thrown
    }
  }
}

function resolveGeneration(directory: string): Generation {
  try {
    const path = realpathSync(directory)
    try {
      return { path: realpathSync(join(path, '..data')), isAtomic: true }
    } catch (thrown) {
      if (!isAbsent(thrown)) throw thrown
      return { path, isAtomic: false }
    }
  } catch (thrown) {
    throw materialError('ERR_MATERIAL_MISSING', missing(directory, reasonOf(thrown)), thrown)
  }
}

function findLayout(directory: string, { path }: Generation): DirectoryLayout {
  const having = (part: 'certChain' | 'privateKey') =>
    LAYOUT_NAMES.filter((name) => existsSync(join(path, LAYOUTS[name][part])))
  const layouts = having('certChain')
  if (layouts.length > 1) {
    throw materialError('ERR_MATERIAL_AMBIGUOUS', { option: 'directory', from: directory, layouts })
  }
  // A key alone is a directory that is being filled, which reading says by the name of the file that is missing.
  const [layout] = layouts.length === 1 ? layouts : having('privateKey')
  if (layout !== undefined) return layout
  const expected = LAYOUT_NAMES.map((name) => `${LAYOUTS[name].certChain} (${name})`).join(', ')
  throw materialError('ERR_MATERIAL_MISSING', missing(directory, `it holds none of ${expected}`))
}

const missing = (from: string, reason: string) =>
  ({ option: 'directory', from, what: 'the certificate', reason }) as const

function readGeneration(
  directory: string,
  generation: Generation,
  layout: DirectoryLayout,
  hasAuthorities: 'here' | 'elsewhere',
): FoundMaterial {
  const { certChain, privateKey } = LAYOUTS[layout]
  const read = (file: string, what: string): Found =>
    readFound('directory', join(generation.path, file), what, join(directory, file))
  return {
    own: {
      kind: 'pair',
      certChain: read(certChain, 'the certificate'),
      privateKey: read(privateKey, 'the private key'),
      passphrase: undefined,
    },
    authorities: hasAuthorities === 'here' ? readAuthorities(read, generation, layout) : null,
  }
}

function readAuthorities(
  read: (file: string, what: string) => Found,
  { path, isAtomic }: Generation,
  layout: DirectoryLayout,
): Found | null {
  const { authorities, hasAuthorities } = LAYOUTS[layout]
  if (hasAuthorities === 'sometimes' && !isListed(join(path, authorities))) return null
  const found = read(authorities, 'the certificates of the authorities')
  // Lenient: cert-manager has written an empty `ca.crt` for issuers that tell no authority. Elsewhere it is a file that is being written.
  return found.bytes.length === 0 && isAtomic && hasAuthorities === 'sometimes' ? null : found
}

/** Whether a directory has an entry of that name, be it a link that leads nowhere: authorities that are missing must not have the system's trusted instead. */
function isListed(path: string): boolean {
  try {
    lstatSync(path)
    return true
  } catch (thrown) {
    return !isAbsent(thrown)
  }
}
