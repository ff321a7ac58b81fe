/**
 * The world is broken: a source could not be loaded again. Published on the channel `clientcert:source` and to the logger, shown
 * by `status()`; the last good content keeps serving. Never sent to a peer.
 */
export class SourceError extends Error {
  override readonly name = 'SourceError'
  readonly code = 'ERR_SOURCE_LOAD'
  readonly source: string

  constructor(source: string, cause: unknown) {
    const reason = cause instanceof Error ? cause.message : String(cause)
    super(`${source} could not be loaded: ${reason}`, { cause })
    this.source = source
  }
}
