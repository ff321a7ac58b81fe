import { createTlsContext } from '../create-tls-context.ts'
import { assembleMappings, type MappingsOptions } from './assemble-mappings.ts'
import type { Mappings } from './mapping.ts'

/** Of the context by which services are connected to that are `https://` without one. */
const SERVER_ONLY = 'server-only'

/**
 * Resolves Ambassador's mappings: of each path, the one with the longest prefix says where it goes, how it is rewritten, and by which context it is connected to.
 *
 * `service` and `tls` mean what they mean to Ambassador, with two departures: a service that is `https://` without a context is verified by the roots that Node
 * trusts (Emissary verifies nobody there), and `http://` with a context is a mistake (Emissary originates TLS and posts an error). Neither the client's Host
 * header nor anything else of a request decides where it goes, but its path.
 *
 * Paths on which servers disagree are refused before they are looked up: dot segments in whatever spelling, `//`, `%2F`, backslashes, what is not UTF-8.
 *
 * @param options - Trusted. Read once, strictly.
 * @throws {ConfigurationError} For an unknown context, names, prefixes or contexts that are given twice, and whatever else cannot work.
 * @example
 * const mappings = createMappings({ contexts: [istio], mappings: [{ name: 'm', prefix: '/m/', service: 'https://m:9080', tls: 'istio-upstream' }] })
 * for (const mapping of mappings.all) await app.register(httpProxy, fastifyHttpProxyOptions(mapping))
 */
export function createMappings(options: MappingsOptions): Mappings {
  return assembleMappings(options, () => createTlsContext({ name: SERVER_ONLY, certificate: 'none' }))
}
