import { escapeHostile, spiffeIdOf } from '@clientcert/core'
import type { Certificate } from '@clientcert/core/x509'
import { type UpstreamError, upstreamError } from '../upstream-error.ts'
import { type Expectation, trustDomainOf } from './expectation.ts'
import { isForHost } from './host-name.ts'

/** As many names as a message shows. A certificate can hold thousands. */
const MAX_PRESENT = 8

/**
 * Checks that a certificate is that of the server that is expected.
 *
 * Does not verify it: that is to be done before.
 *
 * @param certificate - The server's end entity. Its names are untrusted, and escaped wherever they are shown.
 * @param server - `host:port`, for messages.
 * @returns Null, or `ERR_UPSTREAM_HOST`, `ERR_UPSTREAM_SPIFFE_ID`, `ERR_UPSTREAM_TRUST_DOMAIN`.
 */
export function checkExpectation(
  certificate: Certificate,
  expectation: Expectation,
  server: string,
): UpstreamError | null {
  const at = { server: escapeHostile(server) }
  switch (expectation.kind) {
    case 'host': {
      const { host, reference } = expectation
      const names = certificate.extensions.subjectAltName
      if (reference && isForHost(names ?? [], reference)) return null
      const type = reference?.type ?? 'dns'
      const present = names && namesOf(names, type)
      return upstreamError('ERR_UPSTREAM_HOST', { ...at, expected: escapeHostile(reference?.name ?? host), present })
    }
    case 'spiffe-id': {
      const present = spiffeIdOf(certificate)
      if (present !== null && expectation.ids.includes(present)) return null
      return upstreamError('ERR_UPSTREAM_SPIFFE_ID', { ...at, expected: expectation.ids, present: shown(present) })
    }
    case 'trust-domain': {
      const { trustDomain: expected } = expectation
      const present = spiffeIdOf(certificate)
      if (present !== null && trustDomainOf(present) === expected) return null
      return upstreamError('ERR_UPSTREAM_TRUST_DOMAIN', { ...at, expected, present: shown(present) })
    }
    default:
      return expectation satisfies never
  }
}

type Names = NonNullable<Certificate['extensions']['subjectAltName']>

function namesOf(names: Names, type: 'dns' | 'ip'): readonly string[] {
  const shownNames: string[] = []
  for (const name of names) {
    if (shownNames.length === MAX_PRESENT) break
    if ((name.type === 'dns' || name.type === 'ip') && name.type === type) shownNames.push(escapeHostile(name.value))
  }
  return Object.freeze(shownNames)
}

const shown = (spiffeId: string | null): string | null => spiffeId && escapeHostile(spiffeId)
