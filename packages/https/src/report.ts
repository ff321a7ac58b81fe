import type { Logger } from '@clientcert/core'

/** Tells the operator of a mistake of the application's own. Never throws. */
export type Report = (error: unknown) => void

export function createReport(logger: Logger | undefined): Report {
  return (thrown) => {
    const error = thrown instanceof Error ? thrown : new Error('Internal Server Error', { cause: thrown })
    try {
      if (logger) return logger.warn({ err: error }, error.message)
    } catch {
      // The logger may be what is broken.
    }
    process.emitWarning(error.message, { type: 'ClientCertWarning', detail: error.stack ?? '' })
  }
}
