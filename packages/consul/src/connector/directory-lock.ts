/**
 * One connector for each directory. Node has no lock that the kernel takes back from the dead, and a process id says nothing in another container that has the
 * same volume; so the holder touches its lock every while, and one that nobody touches is taken over.
 *
 * Its own name stands in the lock. Whoever takes over replaces it at once and looks again after a while, so of several one is left; a holder that was asleep
 * finds another name in it and stops.
 */
import { randomUUID } from 'node:crypto'
import { constants } from 'node:fs'
import { link, open, rename, rm, utimes, writeFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { escapeHostile } from '@clientcert/core'

const LOCK = '..lock'

/** Touching a file costs nothing, and a connector that is started after a crash has the directory within ten seconds. */
const HEARTBEAT_MS = 2_000
/** Untouched over so many heartbeats is dead. */
const DEAD_AFTER = 3

export interface DirectoryLock {
  /** Whether it is still ours. */
  readonly isHeld: () => Promise<boolean>
  readonly release: () => Promise<void>
}

/** Another connector has the directory. */
export class DirectoryLockedError extends Error {
  override readonly name = 'DirectoryLockedError'
}

/**
 * Takes the lock of a directory; waits for as long as a dead one looks alive.
 *
 * @param onLost - Told once, when another connector has taken it.
 * @param heartbeatMs - For tests. All connectors of a directory have the same.
 * @throws {DirectoryLockedError} Where a living one holds it.
 */
export async function lockDirectory(
  directory: string,
  onLost: () => void,
  heartbeatMs: number = HEARTBEAT_MS,
): Promise<DirectoryLock> {
  const path = join(directory, LOCK)
  const owner = `${hostname()} ${process.pid} ${randomUUID()}\n`
  const own = join(directory, `${LOCK}.${randomUUID()}`)
  await writeFile(own, owner, { flag: 'wx', mode: 0o644 })
  try {
    if (!(await linkNew(own, path))) await takeOver(path, own, owner, heartbeatMs, directory)
  } finally {
    await rm(own, { force: true })
  }

  const isHeld = async () => (await ownerOf(path)) === owner
  let isReleased = false
  const beat = async (): Promise<void> => {
    if (isReleased) return
    if (!(await isHeld())) {
      clearInterval(timer)
      onLost()
      return
    }
    const now = new Date()
    await utimes(path, now, now)
  }
  // Holds the process, which has nothing else to stay for.
  const timer = setInterval(() => void beat().catch(() => {}), heartbeatMs)
  return {
    isHeld,
    release: async () => {
      isReleased = true
      clearInterval(timer)
      if (await isHeld()) await rm(path, { force: true })
    },
  }
}

/** A lock that appears with its content, or not at all. */
async function linkNew(own: string, path: string): Promise<boolean> {
  try {
    await link(own, path)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EEXIST') return false
    throw error
  }
}

async function takeOver(
  path: string,
  own: string,
  owner: string,
  heartbeatMs: number,
  directory: string,
): Promise<void> {
  const locked = (holder: string) =>
    new DirectoryLockedError(
      `${directory} is written by another connector (${escapeHostile(holder.trim().split(' ').slice(0, 2).join(', process '))}). Give each its own _AMBASSADOR_ID, _AMBASSADOR_TLS_SECRET_NAME or directory.`,
    )
  const before = await lookAt(path)
  // Looked at in each of them: in one long wait, a holder and whoever waits could be kept from running together.
  for (let beats = 0; beats < DEAD_AFTER; beats++) {
    await wait(heartbeatMs)
    const now = await lookAt(path)
    if (now === null) break // Released.
    if (now !== before) throw locked(now)
  }
  await rename(own, path)
  await wait(heartbeatMs)
  const now = await ownerOf(path)
  if (now !== owner) throw locked(now ?? '')
}

/** Who holds it and when it was touched; null where it is gone. */
async function lookAt(path: string): Promise<string | null> {
  const lock = await readLock(path)
  if (lock === 'foreign') return 'nobody 0'
  return lock && `${lock.owner.trim()} ${lock.mtimeMs}`
}

const ownerOf = async (path: string): Promise<string | null> => {
  const lock = await readLock(path)
  return lock === null || lock === 'foreign' ? null : lock.owner
}

/** A host name of 253, a process, a UUID. */
const MAX_LOCK_BYTES = 512

/** What stands in it goes into messages: a link to another file, or a pipe that never ends, is none of ours and not read. */
async function readLock(
  path: string,
): Promise<{ readonly owner: string; readonly mtimeMs: number } | 'foreign' | null> {
  let file: Awaited<ReturnType<typeof open>>
  try {
    file = await open(path, constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK)
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'ENOENT' ? null : 'foreign'
  }
  try {
    const found = await file.stat()
    if (!found.isFile() || found.size > MAX_LOCK_BYTES) return 'foreign'
    const { buffer, bytesRead } = await file.read(Buffer.alloc(MAX_LOCK_BYTES), 0, MAX_LOCK_BYTES, 0)
    return { owner: buffer.toString('utf8', 0, bytesRead), mtimeMs: found.mtimeMs }
  } finally {
    await file.close()
  }
}

const wait = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms))
