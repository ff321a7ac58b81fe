/**
 * One authenticator of several hosts: which of them a request is for decides whose trust, mode and policy it meets.
 *
 * Each host has an authenticator of its own, with its own memory, so that nothing that was proved for one is taken for another: neither a session that was
 * resumed across hosts (CVE-2025-23419, CVE-2025-23048) nor a connection that serves two. What is shared is what the connection presented, which is read once.
 */
import { type Authenticator, authenticatorOf, type HostOf, type Route } from './authenticator.ts'
import { checkHosts, checkServer } from './check-server.ts'
import { ConfigurationError } from './configuration-error.ts'
import type { DecidingHost, Decision, Rejected } from './decision.ts'
import { connectionOf, isTlsSocket, type NodeRequest } from './evidence/connection.ts'
import { type EvidenceFailure, evidenceFailure } from './evidence/failures.ts'
import { normalHost } from './hosts/host-name.ts'
import { type HostTable, hostTable } from './hosts/host-table.ts'
import { requestedHost, targetConflict } from './hosts/requested-host.ts'
import { targetHosts } from './hosts/target-hosts.ts'
import { hostsMaterial } from './hosts-material.ts'
import { type HostsOptions, type ResolvedHosts, resolveHosts } from './hosts-options.ts'
import { hostsStatus } from './hosts-status.ts'
import { isMisdirected } from './misdirected.ts'
import { createObserver, type Logger, type Observer } from './observe.ts'
import { resolveRoute } from './options.ts'
import { refusalError } from './responses.ts'
import { ok, type Result, refused } from './result.ts'
import { EVERY_ANCHOR } from './verifier.ts'

interface Host {
  readonly authenticator: Authenticator
  readonly caNames: ReadonlySet<string> | null
}

interface Found {
  readonly host: Host
  readonly route: Route
}

/** What a route means for each host. */
type RouteOfHosts = ReadonlyMap<Host, Route>

/** @throws {ConfigurationError} */
export function createHostsAuthenticator(options: HostsOptions): Authenticator {
  const resolved = resolveHosts(options)
  const observer = createObserver(resolved.logger)
  const hosts = openAll(resolved, observer, (name, decision, request) => hostOf(name, decision, request))
  const table: HostTable<Host> = hostTable(hosts)
  const authenticators = new Map([...hosts].map(([name, { authenticator }]) => [name, authenticator]))
  const all = [...authenticators.values()]
  const routes = new WeakMap<Route, RouteOfHosts>()

  const route: Authenticator['route'] = (given, option = 'route') => {
    const { nowhere, trust } = resolved
    // For requests of no host: nothing is inherited that would let anybody in, and `off` has to be said by the route itself.
    const bound: Route = Object.freeze({
      options: resolveRoute(given, option, { route: nowhere, trust }),
      anchors: EVERY_ANCHOR,
    })
    routes.set(bound, new Map([...hosts.values()].map((host) => [host, host.authenticator.route(given, option)])))
    return bound
  }
  const own = route({})

  const routesOf = (bound: Route): RouteOfHosts => {
    const known = routes.get(bound)
    if (known) return known
    const fix = 'Routes belong to the authenticator whose `route()` made them.'
    throw new ConfigurationError('ERR_CONFIG_FOREIGN_COPY', 'route', 'was made by another authenticator', fix)
  }

  /** The host that a request is for, with what the route means there. */
  const find = (request: NodeRequest, bound: Route): Result<Found, EvidenceFailure> => {
    const there = routesOf(bound)
    const requested = requestedHost(request)
    if (!requested.ok) return requested
    const found = findNamed(requested.value, there)
    return found.ok && namesAnother(request.url ?? '', requested.value, found.value) ? targetConflict(request) : found
  }

  /** Whether the target names a host of another entry, for whoever resolves it. */
  const namesAnother = (target: string, name: string | null, { host }: Found): boolean =>
    targetHosts(target, name).some((other) => (table.find(other) ?? host) !== host)

  const findNamed = (name: string | null, there: RouteOfHosts): Result<Found, EvidenceFailure> => {
    const host = table.find(name)
    const route = host && there.get(host)
    return route ? ok({ host, route }) : refused(evidenceFailure('ERR_EVIDENCE_HOST_UNKNOWN', { host: name }))
  }

  const nowhere = (
    failure: EvidenceFailure,
    { options: { mode } }: Route,
    request: NodeRequest | null,
    logger: Logger | undefined,
  ): Decision => {
    const refusal: Rejected = { outcome: 'rejected', reason: 'rejected', failure, presented: null, identity: null }
    const decided: Decision = mode === 'off' ? { outcome: 'skipped' } : refusal
    const decision: Decision = { ...decided, host: hostOf(null, decided, request) }
    observer.decided({ decision: Object.freeze(decision), answer: 'not-needed' }, logger ?? null)
    return decision
  }

  const refusal: Authenticator['refusal'] = (decision, bound = own, request) => {
    const found = request && find(request, bound)
    if (!request || !found?.ok) {
      const isOwnConnection = (request?.httpVersionMajor ?? 1) < 2
      return refusalError(decision, bound.options.responses, isOwnConnection ? 'close' : 'keep')
    }
    const { host, route: own } = found.value
    const said: Rejected = isElsewhere(decision, request, host) ? { ...decision, reason: 'misdirected' } : decision
    return host.authenticator.refusal(said, own, request)
  }

  /** By the server name as Node tells it, which is none for resumed TLS 1.2; then the usual answer stands, which refuses as well. */
  const isElsewhere = (decision: Rejected, request: NodeRequest, { caNames: needed }: Host): boolean => {
    const name = servernameOf(request)
    const asked = name === null ? null : table.findServerName(name)?.caNames
    return isMisdirected(decision, asked ?? null, needed)
  }

  /** @param entry - Null where no entry is for the request. */
  const hostOf = (entry: string | null, decision: Decision, request: NodeRequest | null): DecidingHost => {
    // Nothing about TLS is looked at for those who come in: this is asked of every request.
    const name = 'failure' in decision && request ? servernameOf(request) : null
    const host = entry === null ? undefined : hosts.get(entry)
    const requested = request && requestedHost(request)
    return Object.freeze({
      entry,
      name: requested?.ok ? requested.value : null,
      servername: name === null ? null : (normalHost(name) ?? null),
      isMisdirected: Boolean(
        host && request && decision.outcome === 'rejected' && isElsewhere(decision, request, host),
      ),
    })
  }

  const each = async (act: (authenticator: Authenticator) => Promise<void>): Promise<void> => {
    await Promise.all(all.map(act))
  }

  const close = (): void => {
    for (const authenticator of all) authenticator.close()
  }

  return {
    route,
    remembered: (request, bound = own, logger) => {
      const found = find(request, bound)
      if (!found.ok) return nowhere(found.failure, bound, request, logger)
      const { host, route: there } = found.value
      return host.authenticator.remembered(request, there, logger)
    },
    authenticate: async (request, bound = own, logger) => {
      const found = find(request, bound)
      if (!found.ok) return nowhere(found.failure, bound, request, logger)
      const { host, route: there } = found.value
      return host.authenticator.authenticate(request, there, logger)
    },
    verify: async (input, bound = own) => {
      const found = findNamed(null, routesOf(bound))
      if (!found.ok) return nowhere(found.failure, bound, null, undefined)
      return found.value.host.authenticator.verify(input, found.value.route)
    },
    refusal,
    strip: () => {},
    vary: null,
    checkServer: (server) => {
      checkServer(server, 'client')
      checkHosts(server, new Map([...resolved.hosts].map(([name, { tlsGiven }]) => [name, tlsGiven])))
    },
    ready: () => each((authenticator) => authenticator.ready()),
    reload: () => each((authenticator) => authenticator.reload()),
    status: () => hostsStatus(authenticators),
    onChange: (listener) => {
      const stops = all.map((authenticator) => authenticator.onChange(listener))
      return () => {
        for (const stop of stops) stop()
      }
    },
    hosts: authenticators,
    handshakeMaterial: (given) => hostsMaterial(all.map((authenticator) => authenticator.handshakeMaterial(given))),
    metrics: observer.metrics,
    close,
    [Symbol.asyncDispose]: async () => close(),
  }
}

/** As Node tells it: the client's own text. */
function servernameOf(request: NodeRequest): string | null {
  const { socket } = connectionOf(request)
  const name: unknown = socket && isTlsSocket(socket) ? Reflect.get(socket, 'servername') : null
  return typeof name === 'string' ? name : null
}

/** Opens them in turn; where one throws, those before it must leave no watch behind. */
function openAll(
  { hosts, trust }: ResolvedHosts,
  observer: Observer,
  hostOf: (name: string, ...of: Parameters<HostOf>) => ReturnType<HostOf>,
): ReadonlyMap<string, Host> {
  const opened = new Map<string, Host>()
  try {
    for (const [name, { options, caNames }] of hosts) {
      const authenticator = authenticatorOf(options, observer, trust, (...of) => hostOf(name, ...of))
      opened.set(name, { authenticator, caNames })
    }
    return opened
  } catch (error) {
    for (const { authenticator } of opened.values()) authenticator.close()
    throw error
  }
}
