import { once } from 'node:events'
import type { TLSSocket } from 'node:tls'
import { upstreamError } from '../upstream-error.ts'

/** A connection that is being made. */
export interface Attempt {
  /** Waits for a step of it, and rejects as soon as the connection errs or ends, its time is over, or it is broken off. */
  readonly until: <Value>(step: Promise<Value>) => Promise<Value>
  /** Resolves when the handshake has ended. */
  readonly secured: Promise<unknown>
  /** Watches no longer. */
  readonly stop: () => void
}

/**
 * Watches over all steps of making one connection.
 *
 * @param timeoutMs - For all of them together.
 */
export function watchAttempt(
  socket: TLSSocket,
  server: string,
  { timeoutMs, signal }: { readonly timeoutMs: number; readonly signal: AbortSignal | undefined },
): Attempt {
  const listening = new AbortController()
  let breakOff: (reason: unknown) => void = () => {}
  const broken = new Promise<never>((_, reject) => {
    breakOff = reject
  })
  broken.catch(() => {}) // Each step hears of it; between two of them nobody listens.

  const onError = (error: Error) => breakOff(error)
  const onClose = () => breakOff(closedEarly(server))
  const onAbort = () => breakOff(signal?.reason)
  const timer = setTimeout(
    () => breakOff(upstreamError('ERR_UPSTREAM_TIMEOUT', { server, timeoutMs })),
    timeoutMs,
  ).unref()
  socket.on('error', onError).on('close', onClose)
  signal?.addEventListener('abort', onAbort)
  const secured = once(socket, 'secureConnect', { signal: listening.signal })
  secured.catch(() => {}) // What errs is heard of above.

  return {
    until: (step) => Promise.race([broken, step]),
    secured,
    stop: () => {
      clearTimeout(timer)
      listening.abort()
      socket.off('error', onError).off('close', onClose)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

/** With the code by which clients know that they may try again. */
export const closedEarly = (server: string): Error =>
  Object.assign(new Error(`${server} closed the connection before it was verified`), { code: 'ECONNRESET' })
