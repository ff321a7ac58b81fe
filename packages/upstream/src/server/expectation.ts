import type { ExpectedServer } from './expected-server.ts'
import { type HostReference, readHostReference } from './host-name.ts'

interface Keyed {
  /** The same for the same expectation, and for no other: for caches. */
  readonly key: string
}

/** Whom one connection is to lead to. Frozen. */
export type Expectation = Keyed &
  (
    | {
        readonly kind: 'host'
        /** As it was given. */
        readonly host: string
        /** Null where it is neither a name nor an address: no certificate is for such a host. */
        readonly reference: HostReference | null
      }
    | { readonly kind: 'spiffe-id'; readonly ids: readonly string[] }
    | { readonly kind: 'trust-domain'; readonly trustDomain: string }
  )

/** What is known of a connection before it is made. */
export interface ExpectationContext {
  /** Of our own certificate, null where it is no X.509-SVID. */
  readonly ownSpiffeId: string | null
  /** The name that is sent (SNI); null, or empty as Node has it for addresses, where none is. */
  readonly servername: string | null
  /** Where to connect to. */
  readonly host: string
}

/**
 * Says whom to expect at the other end of one connection.
 *
 * By default a server of our own trust domain where our certificate is an X.509-SVID: certificates of a mesh have no names of hosts. Else the name that is
 * sent, or the host that is connected to.
 *
 * @param expected - As `readExpectedServer` returned it; undefined for the default.
 */
export function expectationOf(
  expected: ExpectedServer | undefined,
  { ownSpiffeId, servername, host }: ExpectationContext,
): Expectation {
  if (expected === undefined && ownSpiffeId !== null) return expectTrustDomain(trustDomainOf(ownSpiffeId))
  if (expected === undefined || expected === 'host') return expectHost(servername || host)
  if ('host' in expected) return expectHost(expected.host)
  if ('trustDomain' in expected) return expectTrustDomain(expected.trustDomain)
  const ids = Object.freeze(typeof expected.spiffeId === 'string' ? [expected.spiffeId] : [...expected.spiffeId])
  return Object.freeze({ kind: 'spiffe-id', ids, key: keyOf('spiffe-id', ids.toSorted()) })
}

/** The trust domain of a SPIFFE id (SPIFFE-ID section 2.1). */
export function trustDomainOf(spiffeId: string): string {
  const start = 'spiffe://'.length
  const end = spiffeId.indexOf('/', start)
  return spiffeId.slice(start, end === -1 ? undefined : end)
}

function expectHost(host: string): Expectation {
  const reference = readHostReference(host)
  return Object.freeze({ kind: 'host', host, reference, key: keyOf('host', [reference?.name ?? host]) })
}

const expectTrustDomain = (trustDomain: string): Expectation =>
  Object.freeze({ kind: 'trust-domain', trustDomain, key: keyOf('trust-domain', [trustDomain]) })

/** JSON, so that no text passes for two. */
const keyOf = (kind: Expectation['kind'], names: readonly string[]): string => JSON.stringify([kind, ...names])
