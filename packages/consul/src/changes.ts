/** Telling whoever follows that there may be something else to say. */

export interface Changes {
  /** Calls `changed` until the returned function is called. */
  readonly watch: (changed: () => void) => () => void
  /** Resolves with the next change. */
  readonly next: () => Promise<void>
  readonly notify: () => void
}

export function createChanges(): Changes {
  const watchers = new Set<{ readonly changed: () => void }>()
  let resolve = (): void => {}
  let pending: Promise<void> | null = null
  return {
    watch: (changed) => {
      const watcher = { changed }
      watchers.add(watcher)
      return () => void watchers.delete(watcher)
    },
    next: () => {
      pending ??= new Promise((settle) => {
        resolve = settle
      })
      return pending
    },
    notify: () => {
      resolve()
      pending = null
      for (const { changed } of [...watchers]) {
        try {
          changed()
        } catch (thrown) {
          // One of the application's must not keep the others from hearing, or end the process.
          process.emitWarning(String(thrown), 'ClientCertWarning')
        }
      }
    },
  }
}
