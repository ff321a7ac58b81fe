/** The parts put together: options read once, trust kept current, one way from a request to a decision. */
import { types } from 'node:util'
import { admit } from './admit.ts'
import { type CertificateInput, evidenceFromInput } from './certificate-input.ts'
import { type Change, createChanges } from './change.ts'
import { checkHosts, checkServer, type NodeServer } from './check-server.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { Authentication, DecidingHost, Decision, Rejected } from './decision.ts'
import type { ClientCertError } from './errors.ts'
import { type AssertedHeaders, takeAssertedHeaders } from './evidence/asserted-headers.ts'
import { type Connection, connectionOf, type NodeRequest } from './evidence/connection.ts'
import type { Evidence } from './evidence/evidence.ts'
import { evidenceFromSocket } from './evidence/from-socket.ts'
import type { ProxyProof } from './evidence/gate.ts'
import { readEvidence } from './evidence/read-evidence.ts'
import type { CertificateRef, FailureBase } from './failure.ts'
import { nameAsserted } from './name-asserted.ts'
import { createObserver, type DecisionMessage, type Logger, type Observer } from './observe.ts'
import { type ResolvedOptions, type ResolvedRoute, type RouteOptions, resolveRoute } from './options.ts'
import { checkPolicy } from './policy/check-policy.ts'
import { refusalError } from './responses.ts'
import type { CrlSourceStatus } from './revocation/crl/crl-store.ts'
import type { FetchedStatus } from './revocation/fetched-status.ts'
import {
  createMaterialReader,
  type HandshakeMaterial,
  type HandshakeMaterialOptions,
} from './revocation/handshake-material.ts'
import type { RevocationMode } from './revocation/judge.ts'
import { NO_REVOCATION } from './revocation-options.ts'
import { trustFailure } from './trust/failures.ts'
import type { TrustSnapshot } from './trust/snapshot.ts'
import type { TrustSource } from './trust/source.ts'
import type { SourceStatus } from './trust/store.ts'
import { type AnchorSet, anchorSet, createVerifier, EVERY_ANCHOR, type Verifier } from './verifier.ts'
import { certificateRef } from './x509/certificate-ref.ts'

/** The options of one route, read and bound to the authenticator that read them. */
export interface Route {
  readonly options: ResolvedRoute
  readonly anchors: AnchorSet
}

/** What is known of an authenticator, for health checks and people. */
export interface AuthenticatorStatus {
  /** Whether every trust source has loaded; until then requests are answered 503. */
  readonly ready: boolean
  /** Grows with every change of trust. */
  readonly epoch: number
  readonly anchors: number
  readonly intermediates: number
  readonly revocation: RevocationMode
  /** The sources behind `revocation.crls`. */
  readonly crlSources: readonly CrlSourceStatus[]
  /** What is fetched besides; null where nothing is. */
  readonly fetched: FetchedStatus | null
  readonly sources: readonly SourceStatus[]
  /** The sources behind `from.onlyFrom.certificate.trust`. */
  readonly proxySources: readonly SourceStatus[]
  /** Of each host by its name, where there are `hosts`; what stands beside it is then of all of them together. */
  readonly hosts?: Readonly<Record<string, AuthenticatorStatus>>
}

/** Decides about clients. Made by `createAuthenticator`; adapters are thin layers over it. */
export interface Authenticator {
  /**
   * Reads the options of a route.
   *
   * @param options - A mode, or what differs from the authenticator's own options.
   * @param option - How the route calls them, for messages. Default `'route'`.
   * @throws {ConfigurationError}
   */
  readonly route: (options: RouteOptions | (RouteOptions['mode'] & string), option?: string) => Route
  /**
   * Decides about the client of a request. Never throws or rejects for anything that a client or proxy sends.
   *
   * Removes the headers that the configured proxy asserts from the request, whatever the outcome. Does not write a response.
   *
   * @param request - As Node made it (`request.raw` in Fastify). Untrusted.
   * @param route - Of {@link Authenticator.route}. Default: the authenticator's own options.
   * @param logger - Of the request, where there is one. Default: the authenticator's.
   */
  readonly authenticate: (request: NodeRequest, route?: Route, logger?: Logger) => Promise<Decision>
  /** The same without waiting, or undefined where something has yet to be verified; then ask `authenticate`. */
  readonly remembered: (request: NodeRequest, route?: Route, logger?: Logger) => Decision | undefined
  /** Decides about a certificate that did not come with a request to this process: a Lambda event, a message, a file. */
  readonly verify: (input: CertificateInput, route?: Route) => Promise<Decision>
  /**
   * The error that stands for a refusal towards framework and peer.
   *
   * @param request - What is refused. Of HTTP/2, the error has no `Connection` header, which does not exist there (RFC 9113 section 8.2.2).
   */
  readonly refusal: (decision: Rejected, route?: Route, request?: NodeRequest) => ClientCertError
  /** Removes the asserted headers without deciding anything, for routes that are not decided. */
  readonly strip: (request: NodeRequest) => void
  /** The request header on which answers depend, for `Vary` (RFC 9440 section 3); null in socket mode. */
  readonly vary: string | null
  /**
   * Checks that a server asks for client certificates and lets this library answer, if that is where they come from.
   *
   * @throws {ConfigurationError} `ERR_CONFIG_SERVER`.
   */
  readonly checkServer: (server: NodeServer) => void
  /** Resolves when every trust source has loaded once; rejects where a first attempt failed. */
  readonly ready: () => Promise<void>
  /** Loads all sources of trust and CRLs again, now. What fails keeps its last good content and says so. */
  readonly reload: () => Promise<void>
  readonly status: () => AuthenticatorStatus
  /**
   * Tells of every change after which clients may be decided about otherwise, at once: for whoever keeps something that rests on a decision, such as an
   * open connection. Time is no change: certificates expire, and answers grow old (`decision.revocation.freshUntil`), without a word.
   *
   * @returns What stops it.
   */
  readonly onChange: (listener: (change: Change) => void) => () => void
  /**
   * What a TLS server can be given of the trust and the CRLs at hand, to refuse in the handshake; null before `ready()` and once closed. For whoever keeps a
   * server in step with it, such as `refuseInHandshake` of @clientcert/https.
   */
  readonly handshakeMaterial: (options: HandshakeMaterialOptions) => HandshakeMaterial | null
  /** The authenticators of the hosts by name, where there are `hosts`: what is decided by this one is decided by one of those. */
  readonly hosts?: ReadonlyMap<string, Authenticator>
  /** Counters as Prometheus text. */
  readonly metrics: () => string
  /** Stops watching sources. Decisions asked for afterwards are refused. */
  readonly close: () => void
  readonly [Symbol.asyncDispose]: () => Promise<void>
}

/** What a decision says of the host that made it; null without `hosts`. @param request - Null for what did not come with one. */
export type HostOf = (decision: Decision, request: NodeRequest | null) => DecidingHost | null

/**
 * Creates an authenticator for one set of trust, which may be that of one host among others.
 *
 * @param observer - Told of every decision. Default: one of its own.
 * @param hostOf - Of which host it is, for decisions to say. Default: of none.
 * @param ids - The sources by whose ids routes may name anchors. Default: the trust of this one.
 * @throws {ConfigurationError} Where a local source cannot be loaded.
 */
export function authenticatorOf(
  resolved: ResolvedOptions,
  observer: Observer = createObserver(resolved.logger),
  ids: readonly TrustSource[] = resolved.trust,
  hostOf: HostOf = () => null,
): Authenticator {
  const { source, asserted, proxyCertificate, warnings } = resolved.from
  const changes = createChanges()
  const changed = (change: Change): void => {
    if (change.kind === 'revoked') observer.revoked(change)
    changes.tell(change)
  }
  const clients = createVerifier(resolved.trust, resolved.revocation, resolved, observer.sourced, changed)
  const proxies =
    proxyCertificate &&
    orClose(clients, () => createVerifier(proxyCertificate.trust, NO_REVOCATION, resolved, observer.sourced, changed))
  const readMaterial = createMaterialReader(resolved.allowedWeaknesses)
  const own: Route = bind(resolved.route)
  const routes = new WeakSet<Route>([own])
  let isClosed = false
  for (const warning of [...warnings, ...weaknessWarnings(resolved), ...fetchWarnings(resolved)]) {
    if (resolved.logger) resolved.logger.warn({}, warning)
    else process.emitWarning(warning, 'ClientCertWarning')
  }

  const now = (): number => {
    const date: unknown = resolved.clock()
    const at = types.isDate(date) ? date.getTime() : Number.NaN
    if (Number.isFinite(at)) return at
    throw new ConfigurationError('ERR_CONFIG_TYPE', 'clock', 'returned no date', 'Return a valid Date.')
  }

  const checkRoute = (route: Route): void => {
    if (routes.has(route)) return
    const fix = 'Routes belong to the authenticator whose `route()` made them.'
    throw new ConfigurationError('ERR_CONFIG_FOREIGN_COPY', 'route', 'was made by another authenticator', fix)
  }

  const snapshots = (): { client: TrustSnapshot; proxy: TrustSnapshot | null } | undefined => {
    const client = clients.store.snapshot()
    const proxy = proxies?.store.snapshot() ?? null
    const isKnown = clients.revocation.crls.isSettled()
    return isClosed || client === null || !isKnown || (proxies && proxy === null) ? undefined : { client, proxy }
  }

  const unavailable = (): Rejected => {
    const trust = [...clients.store.status(), ...(proxies?.store.status() ?? [])].filter((each) => !each.lastSuccess)
    const crls = clients.revocation.crls.status().filter((each) => !each.lastSuccess && each.error === null)
    const pending = [...trust, ...crls]
    const waitingFor = isClosed ? ['nothing: the authenticator is closed'] : pending.map(({ name }) => name)
    const failure = trustFailure('ERR_TRUST_NOT_READY', { waitingFor })
    return { outcome: 'rejected', reason: 'unavailable', failure, presented: null, identity: null }
  }

  const conclude = (
    authentication: Authentication,
    { options: { mode, allow } }: Route,
    answer: DecisionMessage['answer'],
    request: NodeRequest | null,
    logger: Logger | undefined,
  ): Decision => {
    const decision: Decision = mode === 'off' ? { outcome: 'skipped' } : admit(authentication, { mode, allow })
    return report(decision, answer, request, logger)
  }

  const report = (
    decided: Decision,
    answer: DecisionMessage['answer'],
    request: NodeRequest | null,
    logger: Logger | undefined,
  ): Decision => {
    const host = hostOf(decided, request)
    const decision = Object.freeze(host ? { ...decided, host } : decided)
    observer.decided({ decision, answer }, logger ?? null)
    return decision
  }

  /** The outcome for the connection's own certificate, as the gate wants it. */
  const proxyProof = (authentication: Authentication): ProxyProof => {
    const refuse = (failure: FailureBase, certificate: CertificateRef | null): ProxyProof => ({
      admitted: false,
      reason: failure.message,
      certificate,
      failure,
    })
    switch (authentication.kind) {
      case 'none':
        return { admitted: false, reason: 'it presented no certificate', certificate: null, failure: null }
      case 'unusable':
        return refuse(authentication.failure, null)
      case 'refused': {
        const { certificate } = authentication.presented
        return refuse(authentication.failure, certificate && certificateRef(certificate, 0))
      }
      case 'verified': {
        const failure = proxyCertificate && checkPolicy(authentication.identity, proxyCertificate.allow)
        return failure ? refuse(failure, certificateRef(authentication.path.certificates[0], 0)) : { admitted: true }
      }
      default:
        return authentication satisfies never
    }
  }

  const recallProxy = (connection: Connection, snapshot: TrustSnapshot | null, at: number) =>
    snapshot && proxies?.recall(evidenceFromSocket(connection), EVERY_ANCHOR, snapshot, at)

  const verifyProxy = async (connection: Connection, snapshot: TrustSnapshot, at: number): Promise<ProxyProof> => {
    const evidence = evidenceFromSocket(connection)
    return proxyProof((await proxies?.verify(evidence, EVERY_ANCHOR, snapshot, at)) ?? { kind: 'none', from: '' })
  }

  /** What only the proxy may say, taken out of the request; null in socket mode. */
  const take = (request: NodeRequest): AssertedHeaders | null => asserted && takeAssertedHeaders(request, asserted)

  const read = (connection: Connection, taken: AssertedHeaders | null, proxy: ProxyProof | null): Evidence =>
    nameAsserted(readEvidence(source, connection, taken, proxy), resolved)

  const remembered: Authenticator['remembered'] = (request, route = own, logger) => {
    checkRoute(route)
    const taken = take(request)
    if (route.options.mode === 'off') return report({ outcome: 'skipped' }, 'not-needed', request, logger)
    const snapshot = snapshots()
    if (!snapshot) return report(unavailable(), 'not-needed', request, logger)
    const at = now()
    const connection = connectionOf(request)
    const proxy = recallProxy(connection, snapshot.proxy, at)
    if (proxies && !proxy) return undefined
    const evidence = read(connection, taken, proxy ? proxyProof(proxy) : null)
    const known = clients.recall(evidence, route.anchors, snapshot.client, at)
    return known && conclude(known, route, evidence.kind === 'presented' ? 'remembered' : 'not-needed', request, logger)
  }

  const authenticate: Authenticator['authenticate'] = async (request, route = own, logger) => {
    const known = remembered(request, route, logger)
    if (known) return known
    const snapshot = snapshots()
    if (!snapshot) return report(unavailable(), 'not-needed', request, logger)
    const at = now()
    const connection = connectionOf(request)
    const proxy = snapshot.proxy && (await verifyProxy(connection, snapshot.proxy, at))
    const evidence = read(connection, take(request), proxy)
    // A proxy's new connection brings clients that are remembered from another.
    const recalled = proxy && clients.recall(evidence, route.anchors, snapshot.client, at)
    if (recalled)
      return conclude(recalled, route, evidence.kind === 'presented' ? 'remembered' : 'not-needed', request, logger)
    return conclude(
      await clients.verify(evidence, route.anchors, snapshot.client, at),
      route,
      'verified-now',
      request,
      logger,
    )
  }

  return {
    route: (options, option = 'route') => {
      const route = bind(resolveRoute(options, option, { route: resolved.route, trust: ids }))
      routes.add(route)
      return route
    },
    authenticate,
    remembered,
    verify: async (input, route = own) => {
      checkRoute(route)
      const snapshot = snapshots()
      if (!snapshot) return report(unavailable(), 'not-needed', null, undefined)
      const evidence = evidenceFromInput(input, resolved.maxPresentedBytes)
      return conclude(
        await clients.verify(evidence, route.anchors, snapshot.client, now()),
        route,
        'verified-now',
        null,
        undefined,
      )
    },
    refusal: (decision, route = own, request) => {
      const isOwnConnection = source.kind === 'socket' && (request?.httpVersionMajor ?? 1) < 2
      return refusalError(decision, route.options.responses, isOwnConnection ? 'close' : 'keep')
    },
    strip: (request) => {
      take(request)
    },
    vary: source.kind === 'headers' ? source.format.certificateHeader : null,
    checkServer: (server) => {
      if (source.kind === 'socket') checkServer(server, 'client')
      else if (proxies) checkServer(server, 'proxy')
      checkHosts(server, null)
    },
    ready: async () => {
      await Promise.all([clients.store.ready(), clients.revocation.crls.ready(), proxies?.store.ready()])
    },
    reload: async () => {
      await Promise.all([clients.store.reload(), clients.revocation.crls.reload(), proxies?.store.reload()])
    },
    handshakeMaterial: (given) => {
      const trust = snapshots()?.client
      const { crls } = clients.revocation
      return trust ? readMaterial(trust, crls.snapshot(), trust.epoch + crls.epoch(), given) : null
    },
    status: () => {
      const snapshot = clients.store.snapshot()
      return {
        ready: snapshots() !== undefined,
        epoch: snapshot?.epoch ?? 0,
        anchors: snapshot?.anchors.length ?? 0,
        intermediates: snapshot?.intermediates.length ?? 0,
        revocation: resolved.revocation.settings.mode,
        crlSources: clients.revocation.crls.status(),
        fetched: clients.revocation.fetched(),
        sources: clients.store.status(),
        proxySources: proxies?.store.status() ?? [],
      }
    },
    onChange: changes.listen,
    metrics: observer.metrics,
    close,
    [Symbol.asyncDispose]: async () => close(),
  }

  function close(): void {
    isClosed = true
    clients.store.close()
    clients.revocation.close()
    proxies?.store.close()
  }
}

/** What was said on the process already: an application may make an authenticator for each file that it verifies. */
const said = new Set<string>()

/** Said at start, since an exception for one old authority holds for all of them. */
function weaknessWarnings({ allowedWeaknesses, logger }: ResolvedOptions): readonly string[] {
  const names = [...allowedWeaknesses].join(', ')
  if (names === '' || (logger === null && said.has(names))) return []
  if (logger === null) said.add(names)
  return [`dangerouslyAllowWeakAlgorithms: ${names} accepted from every authority of \`trust\``]
}

function fetchWarnings({ revocation }: ResolvedOptions): readonly string[] {
  if (revocation.fetch?.settings.hosts !== 'any-public') return []
  return [
    "revocation.fetch.hosts: 'any-public' lets whoever issues certificates under `trust` have this process ask any public host",
  ]
}

const bind = (options: ResolvedRoute): Route => Object.freeze({ options, anchors: anchorSet(options.anchors) })

/** Opens what comes second; where that throws, what was opened first must leave no watch behind. */
function orClose<Opened>({ store, revocation }: Verifier, open: () => Opened): Opened {
  try {
    return open()
  } catch (error) {
    store.close()
    revocation.close()
    throw error
  }
}
