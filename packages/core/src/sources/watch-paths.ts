import { type FSWatcher, statSync, watch } from 'node:fs'
import { basename } from 'node:path'

/** How often files are looked at where no notification came: network file systems and some container mounts send none. */
export const POLL_MS = 10_000

/** Editors and `cp` write in several steps; reading waits until none came for so long. */
export const SETTLE_MS = 100

/** But no longer than this: whoever never stops writing must not keep a withdrawn authority trusted. */
export const MAX_SETTLE_MS = 1_000

/**
 * Calls `changed` after any of the listed paths changed, until the returned function is called.
 *
 * Notifications (`fs.watch`) make it quick, polling makes it certain: a watch ends silently when its file is replaced, and fails where
 * the system's limit of watches is reached. Neither keeps the process alive.
 *
 * @param watched - Where notifications are asked for: the files, and the directories they stand in.
 * @param list - The paths whose content counts at the moment. What else changes in a directory is not reported.
 * @param pollMs - How often they are looked at where no notification came, in milliseconds. Default {@link POLL_MS}.
 */
export function watchPaths(
  watched: readonly string[],
  list: () => readonly string[],
  changed: () => void,
  pollMs: number = POLL_MS,
): () => void {
  let settling: NodeJS.Timeout | undefined
  let since = 0
  const settle = () => {
    if (settling === undefined) since = performance.now()
    else if (performance.now() - since >= MAX_SETTLE_MS) return
    clearTimeout(settling)
    settling = setTimeout(() => {
      settling = undefined
      changed()
    }, SETTLE_MS).unref()
  }
  let seen = fingerprint(list())
  const look = (name: string | null) => {
    const paths = list()
    const now = fingerprint(paths)
    // By name too: on file systems that count whole seconds, a second change within one looks like none.
    if (now !== seen || paths.some((path) => basename(path) === name)) settle()
    seen = now
  }
  const watchers = watched.flatMap((path) => startWatcher(path, look))
  const poll = setInterval(() => look(null), pollMs).unref()
  return () => {
    clearTimeout(settling)
    clearInterval(poll)
    for (const watcher of watchers) watcher.close()
  }
}

function startWatcher(path: string, look: (name: string | null) => void): readonly FSWatcher[] {
  try {
    const watcher = watch(path, { persistent: false }, (_, name) => look(name))
    watcher.on('error', () => watcher.close()) // Polling goes on.
    return [watcher]
  } catch {
    return [] // The path is not there, or no watch is to be had: polling finds it.
  }
}

/** What changes when a path's content does: `stat` follows links, so a swapped link shows as another inode. */
function fingerprint(paths: readonly string[]): string {
  return paths.map((path) => `${path}:${fingerprintOf(path)}`).join(' ')
}

function fingerprintOf(path: string): string {
  try {
    const { ino, mtimeNs, ctimeNs, size } = statSync(path, { bigint: true })
    // `cp -p` keeps the time of modification; nobody can set the time of change.
    return `${ino}:${mtimeNs}:${ctimeNs}:${size}`
  } catch {
    return 'absent' // Or out of reach, which loading will say.
  }
}
