import type { Presented } from './presented.ts'
import { isSessionOf } from './session-certificate.ts'

/** A TLS session, with what the server presented when it was made: on resumption it presents nothing, and is verified again all the same. */
export interface CachedSession {
  readonly session: Buffer
  readonly presented: Presented
}

/** Sessions by key, the least recently kept leaving first. */
export interface SessionCache {
  /** Hands a session out, once: a TLS 1.3 ticket that is used twice lets connections be linked (RFC 8446 appendix C.4). */
  readonly take: (key: string) => CachedSession | undefined
  /** Keeps the newest session of a key; not one that was made with another certificate than it is to be kept with. */
  readonly put: (key: string, entry: CachedSession) => void
  readonly drop: (key: string) => void
  readonly clear: () => void
}

/** As many as a hundred sessions with certificates of the largest size that is verified would take twice: what a server sends must not fill the memory. */
const MAX_BYTES = 8 * 1024 * 1024

/** @param max - Sessions that are kept; 0 for none. */
export function createSessionCache(max: number): SessionCache {
  const entries = new Map<string, CachedSession>()
  let bytes = 0

  const drop = (key: string): void => {
    const entry = entries.get(key)
    if (entry && entries.delete(key)) bytes -= sizeOf(key, entry)
  }

  return {
    take: (key) => {
      const entry = entries.get(key)
      drop(key)
      return entry
    },
    put: (key, entry) => {
      drop(key)
      const size = sizeOf(key, entry)
      if (max === 0 || size > MAX_BYTES || !isSessionOf(entry.session, entry.presented)) return
      entries.set(key, entry)
      bytes += size
      for (const oldest of entries.keys()) {
        if (entries.size <= max && bytes <= MAX_BYTES) break
        drop(oldest)
      }
    },
    drop,
    clear: () => {
      entries.clear()
      bytes = 0
    },
  }
}

const sizeOf = (key: string, { session, presented }: CachedSession): number =>
  presented.reduce((sum, der) => sum + der.length, 2 * key.length + session.length)
