import type { Logger } from '@clientcert/core'

/** Tells the operator of a mistake of the application's own, once for each error. Never throws. */
export type Report = (error: unknown) => void

export function createReport(logger: Logger | undefined): Report {
  const told = new WeakSet<object>()
  return (thrown) => {
    const error = thrown instanceof Error ? thrown : new Error('Internal Server Error', { cause: thrown })
    if (told.has(error)) return
    told.add(error)
    try {
      if (logger) return logger.warn({ err: error }, error.message)
    } catch {
      // The logger may be what is broken.
    }
    process.emitWarning(error.message, { type: 'ClientCertWarning', detail: error.stack ?? '' })
  }
}
