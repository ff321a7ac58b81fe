import { constants } from 'node:crypto'
import { createSecureContext, type SecureContext } from 'node:tls'
import type { LoadedMaterial } from '../material/material.ts'
import { createSessionCache, type SessionCache } from '../server/session-cache.ts'
import type { ServerVerifier } from '../server/verify-server.ts'
import type { TlsSettings } from './tls-settings.ts'
import type { Verifiers } from './verifiers.ts'

/** One material and everything that is made of it, so that no connection has parts of two. */
export interface Generation {
  /** 1 for the first. */
  readonly number: number
  readonly material: LoadedMaterial
  /** Made once: parsing the authorities for each connection is most of what a handshake costs the loop. */
  readonly secureContext: SecureContext
  readonly verifier: ServerVerifier
  /** By server, and by nothing of our own: another certificate or other authorities are another generation. */
  readonly sessions: SessionCache
  /** When its last connection has ended. */
  readonly end: () => void
}

export interface GenerationSettings {
  readonly tls: TlsSettings
  readonly maxCachedSessions: number
  readonly verifiers: Verifiers
}

/** @throws For what OpenSSL does not take, such as a key that is too short for its security level, and for authorities that nothing can be verified by. */
export function createGeneration(
  number: number,
  material: LoadedMaterial,
  { tls, maxCachedSessions, verifiers }: GenerationSettings,
): Generation {
  const secureContext = createSecureContext({
    ...tls.context,
    // A server of TLS 1.2 could show another certificate on a connection that is verified and in use, at which nobody would look. Envoy's default.
    secureOptions: constants.SSL_OP_NO_RENEGOTIATION,
    ...material.identity,
    // Without `ca` OpenSSL takes the system's, which Node parses once for all contexts of a process. Only `connectOptions()` has it verify.
    ...(material.authoritiesFrom === 'system' ? {} : { ca: [...material.authorities] }),
  })
  const { verifier, release } = verifiers.hold(material)
  const sessions = createSessionCache(maxCachedSessions)
  return Object.freeze({
    number,
    material,
    secureContext,
    verifier,
    sessions,
    end: () => {
      sessions.clear()
      release()
    },
  })
}
