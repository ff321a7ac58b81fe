/**
 * Refusal in the TLS handshake, by OpenSSL, kept in step with the trust and the CRLs of an authenticator.
 *
 * What OpenSSL refuses is less than what is refused behind it, and without a word; so this comes before the application's own decision and never
 * instead of it.
 */
import { type SecureContext, Server } from 'node:tls'
import { type Authenticator, ConfigurationError, type HandshakeMaterial, noteHandshakeRefusal } from '@clientcert/core'
import { createReport } from '../report.ts'
import { countRefusals } from './count-refusals.ts'
import { follow, problemsOf, readMaterial, trustedByHost } from './follow.ts'
import {
  type HandshakeOptions,
  type HandshakeServerTls,
  type HandshakeTls,
  type ResolvedHandshake,
  readHandshakeOptions,
} from './handshake-options.ts'
import { contextsToRefuse, refuseByHost } from './host-refusal.ts'
import { takeContext } from './server-context.ts'

/** What is known of the handshake, for health checks and people. */
export interface HandshakeStatus {
  /** Of the trust and the CRLs that are in force in the handshake. */
  readonly epoch: number
  /** Whether OpenSSL looks at CRLs: false with `'left-out'`, and with `'when-complete'` where one is missing. */
  readonly checksCrls: boolean
  /** When the first of the CRLs at hand ends, from when on the clients of its authority are refused. Null without any. */
  readonly freshUntil: Date | null
  /** What is wrong at the moment, for people. */
  readonly problems: readonly string[]
  /** How many were refused, by OpenSSL's reason, such as `CERT_REVOKED`; `NO_CERTIFICATE` for those without one. */
  readonly refused: Readonly<Record<string, number>>
}

/** A server that refuses in the handshake. */
export interface HandshakeRefusal {
  readonly status: () => HandshakeStatus
  /**
   * The context for one of several hosts, with a key and certificate of its own and the same trust and CRLs, for the server's `SNICallback`. Made
   * anew after each change; until then the same for the same object.
   *
   * @param tls - Of the host.
   * @param host - Its name in `hosts` of the authenticator, whose trust and CRLs are then those of this host alone. Default: those of all of them.
   */
  readonly contextFor: (tls: HandshakeTls, host?: string) => SecureContext
  /** Stops following. The server goes on to refuse by what it has, also under a new key and certificate; everybody, once its CRLs have ended. */
  readonly close: () => void
}

const underRefusal = new WeakSet<Server>()

/** Whether a server's context is kept by {@link refuseInHandshake}, so that trust is not the caller's to give. */
export const isUnderRefusal = (server: Server): boolean => underRefusal.has(server)

/**
 * Makes a server refuse unknown, expired and revoked clients in the handshake, and those without a certificate, and keeps it in step with the trust and the
 * CRLs of an authenticator. Ends with the server.
 *
 * A server of `hosts` refuses each host's clients by its own trust, with `contextFor`; `tlsOptions` and the authenticator need to have the same.
 *
 * Node closes such connections without a word. The application's own decision has to stay behind it, for what OpenSSL is not asked or does not know: OCSP, delta
 * and indirect CRLs, separate signers, policy, and sessions that are resumed after their certificate has expired.
 *
 * @param server - Of node:https or node:tls, or `createSecureServer` of node:http2, made with `tlsOptions`, without contexts of `addContext`.
 * @param authenticator - Of socket mode, after `ready()`. With Fastify `app.clientCertAuthenticator`, with Express `guard.authenticator`.
 * @param tls - What the server was made with: `key`, `cert`, `minVersion`, ..., or what `tlsOptions` returned. Later ones are given to `server.setSecureContext`, which keeps the trust.
 * @throws {ConfigurationError} Among others `ERR_CONFIG_CRL_MISSING` where an authority has no CRL in force, unless `options.crls` says otherwise, and
 *   `ERR_CONFIG_NO_ANCHOR` for an anchor that Node's servers cannot take as one.
 */
export function refuseInHandshake(
  server: Server,
  authenticator: Authenticator,
  tls: HandshakeServerTls,
  options: HandshakeOptions = {},
): HandshakeRefusal {
  const settings = readHandshakeOptions(options)
  checkServer(server)
  checkSocketMode(authenticator)
  const first = readMaterial(authenticator, settings)
  if (!first) {
    const fix = 'Await `authenticator.ready()`, and do not close it before the server.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', 'authenticator', 'has no trust at hand', fix)
  }
  checkGaps(first, settings)
  const hosts = contextsToRefuse(server)
  if (hosts) authenticator.checkServer(server)
  const context = takeContext(server, tls, trustedByHost(authenticator, first, settings))
  const letGo = hosts && refuseByHost(hosts, context.contextFor)
  noteHandshakeRefusal(server)
  underRefusal.add(server)
  // Node reads it for each connection (20 to 26).
  Object.assign(server, { rejectUnauthorized: true })
  const report = createReport(settings.logger)
  const following = follow(authenticator, context, first, settings, report)
  const { refused, stop } = countRefusals(server, settings.logger, report)
  const close = (): void => {
    following.stop()
    letGo?.()
    stop()
  }
  server.once('close', close)
  return {
    status: () => {
      const { epoch, freshUntil } = following.material()
      return {
        epoch,
        checksCrls: context.trusted().crl.length > 0,
        freshUntil,
        problems: following.problems(),
        refused: refused(),
      }
    },
    contextFor: context.contextFor,
    close,
  }
}

function checkServer(server: Server): void {
  const refuse = (problem: string, fix: string): never => {
    throw new ConfigurationError('ERR_CONFIG_SERVER', 'server', problem, fix)
  }
  const fix = 'Create it with `tlsOptions({ key, cert })`, which sets requestCert: true.'
  if (!(server instanceof Server)) refuse('is no server of TLS', fix)
  if (Reflect.get(server, 'requestCert') !== true)
    refuse('never asks for a client certificate (requestCert is not true)', fix)
  if (underRefusal.has(server))
    refuse('refuses in the handshake already', 'Call refuseInHandshake once for each server.')
  // Not in Node's documentation. Where a version has it no more, what is said in ours has to do.
  const contexts: unknown = Reflect.get(server, '_contexts')
  if (Array.isArray(contexts) && contexts.length > 0) {
    const instead = 'Give it an SNICallback that answers with `contextFor(tls)` of what refuseInHandshake returns.'
    refuse('has contexts of addContext, which would keep their own trust for good', instead)
  }
}

function checkSocketMode({ vary }: Authenticator): void {
  if (vary === null) return
  const fix = 'Leave it out: whose connection this is, is the proxy.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', 'authenticator', 'takes certificates from a header', fix)
}

/** While a program starts, somebody is there to read it; later, the same is told as an event. */
function checkGaps(material: HandshakeMaterial, settings: ResolvedHandshake): void {
  const problem = problemsOf(material, settings).join('; ')
  const has = (kind: 'no-root' | 'no-crl') => material.gaps.some((gap) => gap.kind === kind)
  if (has('no-root')) {
    const fix = 'Add the root that issued it to `trust`, or do not refuse in the handshake.'
    throw new ConfigurationError('ERR_CONFIG_NO_ANCHOR', 'authenticator', problem, fix)
  }
  if (settings.crls === 'required' && has('no-crl')) {
    const fix =
      "Add its CRL to `revocation.crls`, or choose `crls: 'when-complete'` or 'left-out', with which the handshake lets revoked clients pass."
    throw new ConfigurationError('ERR_CONFIG_CRL_MISSING', 'authenticator', problem, fix)
  }
}
