import { ConfigurationError } from './configuration-error.ts'
import type { Accepted, Decision, Unverified } from './decision.ts'
import { encodeHex } from './encoding/hex.ts'
import type { ForwardedClient } from './headers/header-format.ts'
import { opensslWordsFor } from './openssl-words.ts'
import { isVerifiedPath } from './path/verified-path.ts'
import type { Certificate } from './x509/certificate.ts'
import { fingerprintOf } from './x509/fingerprint.ts'
import { opensslName } from './x509/openssl-name.ts'

/**
 * Says what is forwarded of a client; null where it is nobody: without a certificate, not looked at, or with one that could not even be parsed. As a
 * client can always come without a certificate, it wins nothing by being nobody.
 *
 * @throws {ConfigurationError} `ERR_CONFIG_NOT_FORWARDABLE` for a client that was refused, `ERR_CONFIG_MISSING` where nobody decided.
 */
export function forwardedClientOf(decision: Decision | null | undefined): ForwardedClient | null {
  if (!decision) {
    const fix = 'Put the plugin or the middleware before the proxy, and hand over what it decided.'
    throw new ConfigurationError('ERR_CONFIG_MISSING', 'decision', 'is missing: nobody has decided', fix)
  }
  switch (decision.outcome) {
    case 'accepted':
      return acceptedClient(decision)
    case 'unverified':
      return unverifiedClient(decision)
    case 'anonymous':
    case 'skipped':
      return null
    case 'rejected': {
      const problem = `is a refusal (${decision.failure.code})`
      const fix = 'Answer the client instead: a refused request is not forwarded.'
      throw new ConfigurationError('ERR_CONFIG_NOT_FORWARDABLE', 'decision', problem, fix)
    }
    default:
      throw notADecision(decision satisfies never)
  }
}

const notADecision = (decision: unknown): ConfigurationError =>
  new ConfigurationError(
    'ERR_CONFIG_TYPE',
    'decision',
    typeof decision === 'object' ? 'has an outcome that is not known' : `is a ${typeof decision}`,
    'Hand over what an authenticator or an adapter decided.',
  )

/** The verified path without its anchor, which the reader has to have already; a client that is itself an anchor stays. */
function acceptedClient({ path }: Accepted): ForwardedClient {
  if (!isVerifiedPath(path)) {
    const fix = 'Have one copy of @clientcert/core: `npm ls @clientcert/core`.'
    const problem = 'was not made by this copy of @clientcert/core'
    throw new ConfigurationError('ERR_CONFIG_FOREIGN_COPY', 'decision', problem, fix)
  }
  const [endEntity, ...others] = path.certificates
  return clientOf(
    endEntity,
    others.slice(0, -1).map(({ der }) => der),
    null,
  )
}

/** The certificate alone: what came with it is not a path. */
const unverifiedClient = ({ presented: { certificate }, failure }: Unverified): ForwardedClient | null =>
  certificate && clientOf(certificate, [], opensslWordsFor(failure))

function clientOf(certificate: Certificate, issuers: readonly Uint8Array[], failedFor: string | null): ForwardedClient {
  const { der, subject, issuer, serialNumber, notBefore, notAfter, extensions } = certificate
  // Printable ASCII, or the certificate would not have been parsed (RFC 5280 4.2.1.6).
  const names = extensions.subjectAltName ?? []
  return {
    certificates: [der, ...issuers],
    failedFor,
    subject: opensslName(subject),
    issuer: opensslName(issuer),
    // Without the octet that says that the first bit is no sign.
    serialNumber: encodeHex(serialNumber)
      .toUpperCase()
      .replace(/^00(?=.)/, ''),
    fingerprint: fingerprintOf(der),
    notBefore: new Date(notBefore),
    notAfter: new Date(notAfter),
    uris: names.flatMap((name) => (name.type === 'uri' ? [name.value] : [])),
    dnsNames: names.flatMap((name) => (name.type === 'dns' ? [name.value] : [])),
  }
}
