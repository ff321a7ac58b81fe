import { type FSWatcher, statSync, watch } from 'node:fs'

/** How often files are looked at where no notification came: network file systems and some container mounts send none. */
export const POLL_MS = 10_000

/** Editors and `cp` write in several steps; reading waits until none came for so long. */
export const SETTLE_MS = 100

/**
 * Calls `changed` after any of the paths changed, until the returned function is called.
 *
 * Notifications (`fs.watch`) make it quick, polling makes it certain: a watch ends silently when its file is replaced, and fails where
 * the system's limit of watches is reached. Neither keeps the process alive.
 */
export function watchPaths(paths: readonly string[], changed: () => void): () => void {
  let settling: NodeJS.Timeout | undefined
  const settle = () => {
    clearTimeout(settling)
    settling = setTimeout(changed, SETTLE_MS).unref()
  }
  const watchers = paths.flatMap((path) => startWatcher(path, settle))
  let seen = fingerprint(paths)
  const poll = setInterval(() => {
    const now = fingerprint(paths)
    if (now !== seen) settle()
    seen = now
  }, POLL_MS).unref()
  return () => {
    clearTimeout(settling)
    clearInterval(poll)
    for (const watcher of watchers) watcher.close()
  }
}

function startWatcher(path: string, settle: () => void): readonly FSWatcher[] {
  try {
    const watcher = watch(path, { persistent: false }, settle)
    watcher.on('error', () => watcher.close()) // Polling goes on.
    return [watcher]
  } catch {
    return [] // The path is not there, or no watch is to be had: polling finds it.
  }
}

/** What changes when a path's content does: `stat` follows links, so a swapped link shows as another inode. */
function fingerprint(paths: readonly string[]): string {
  return paths
    .map((path) => {
      const stat = statSync(path, { throwIfNoEntry: false, bigint: true })
      return stat ? `${stat.ino}:${stat.mtimeNs}:${stat.size}` : 'absent'
    })
    .join(' ')
}
