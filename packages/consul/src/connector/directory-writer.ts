/**
 * Writes files as kubelet mounts a Secret: a directory of their own for each version, and one symbolic link, `..data`, that is renamed from the old to the
 * new one. A reader that resolves `..data` once has files of one version; whoever writes may die at any line, and the last version stays whole.
 *
 * One version back is kept: a reader that resolved the link just before it moved still finds its files.
 */
import { lstat, mkdir, mkdtemp, open, readdir, readFile, readlink, rename, rm, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { TlsFile } from './tls-files.ts'

const DATA = '..data'
const NEXT = '..data_next'

/** Whatever the umask: who may write here decides whose certificate is presented. */
const DIRECTORY_MODE = 0o755

/** `..2026_01_31_23_59_59.` and six characters that make it the only one. */
const VERSION = /^\.\.\d{4}(?:_\d\d){5}\.[A-Za-z0-9]{6}$/

/** @returns Whether there was anything to write. */
export async function writeFiles(
  directory: string,
  files: readonly TlsFile[],
  now: Date,
): Promise<'written' | 'unchanged'> {
  const current = await currentVersion(directory)
  if (current !== null && (await isSame(join(directory, current), files))) {
    await linkNames(directory, files)
    return 'unchanged'
  }
  const version = await writeVersion(directory, files, now)
  await rm(join(directory, NEXT), { force: true }) // Of one that died here.
  await symlink(version, join(directory, NEXT))
  await rename(join(directory, NEXT), join(directory, DATA))
  await linkNames(directory, files)
  await syncDirectory(directory)
  await removeOthers(directory, [version, current])
  return 'written'
}

/** The directory that `..data` leads to; null where there is none, or it leads elsewhere. */
async function currentVersion(directory: string): Promise<string | null> {
  const target = await readlink(join(directory, DATA)).catch(() => null)
  return target !== null && VERSION.test(target) ? target : null
}

async function isSame(version: string, files: readonly TlsFile[]): Promise<boolean> {
  const contents = await Promise.all(files.map(({ name }) => readFile(join(version, name), 'utf8').catch(() => null)))
  return contents.every((content, index) => content === files[index]?.content)
}

async function writeVersion(directory: string, files: readonly TlsFile[], now: Date): Promise<string> {
  const stamp = now.toISOString().slice(0, 19).replace(/[-T:]/g, '_')
  const path = await mkdtemp(join(directory, `..${stamp}.`))
  try {
    for (const file of files) await writeFile(path, file)
    await chmodReadable(path)
    await syncDirectory(path)
  } catch (error) {
    // It is tried again every few seconds: what a full disk let through must not fill it for good.
    await rm(path, { recursive: true, force: true })
    throw error
  }
  return path.slice(directory.length + 1)
}

async function writeFile(directory: string, { name, content, mode }: TlsFile): Promise<void> {
  // The mode stands before there is anything to read.
  const file = await open(join(directory, name), 'wx', mode)
  try {
    await file.writeFile(content)
    await file.sync() // Before the link moves: a power cut must not leave a link to empty files.
  } finally {
    await file.close()
  }
}

/** `mkdtemp` lets nobody else in; the certificates are for those whom the files' own modes let read. */
async function chmodReadable(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.chmod(0o755)
  } finally {
    await handle.close()
  }
}

/** The names that readers know lead through `..data`; they are made once, and never change. */
async function linkNames(directory: string, files: readonly TlsFile[]): Promise<void> {
  for (const { name } of files) {
    const target = join(DATA, name)
    const path = join(directory, name)
    if ((await readlink(path).catch(() => null)) === target) continue
    const next = join(directory, `..${name}_next`)
    await rm(next, { force: true })
    await symlink(target, next)
    await rename(next, path)
  }
}

async function removeOthers(directory: string, kept: readonly (string | null)[]): Promise<void> {
  for (const name of await readdir(directory)) {
    if (VERSION.test(name) && !kept.includes(name)) await rm(join(directory, name), { recursive: true, force: true })
  }
}

async function syncDirectory(path: string): Promise<void> {
  const handle = await open(path, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/**
 * Makes the directory of a secret under `root`, and of its namespace where it has one.
 *
 * @throws {Error} Where a namespace would lie in another connector's secret, or the other way round: each removes what it does not know.
 */
export async function makeSecretDirectory(root: string, namespace: string | null, name: string): Promise<string> {
  const parent = namespace === null ? root : join(root, namespace)
  await mkdir(parent, { recursive: true, mode: DIRECTORY_MODE })
  if (namespace !== null) await refuseLink(parent)
  if (namespace !== null && (await isSecret(parent))) {
    throw new Error(
      `${parent} is the directory of a secret, and cannot be that of a namespace. Give one of them another name.`,
    )
  }
  const path = join(parent, name)
  await mkdir(path, { recursive: true, mode: DIRECTORY_MODE })
  await refuseLink(path)
  const others = (await readdir(path, { withFileTypes: true })).filter(
    (entry) => entry.isDirectory() && !entry.name.startsWith('..'),
  )
  if (others.length > 0) {
    throw new Error(
      `${path} has directories in it, and cannot be that of a secret. Is it a namespace's? Give one of them another name.`,
    )
  }
  return path
}

async function refuseLink(path: string): Promise<void> {
  if ((await lstat(path)).isSymbolicLink()) throw new Error(`${path} is a symbolic link, which is not followed.`)
}

/** Before its first version, too: its lock is there first. */
const isSecret = async (path: string): Promise<boolean> => (await readdir(path)).some((name) => name.startsWith('..'))
