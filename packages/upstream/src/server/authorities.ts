import { ConfigurationError, escapeHostile, type Logger, type TrustMaterial, type TrustSource } from '@clientcert/core'
import { type Certificate, nameToString, parseCertificate } from '@clientcert/core/x509'
import type { AuthoritiesFrom } from '../material/material.ts'

/** The option by which authorities are given, whichever kind of material they came with. */
const OPTION = 'caCertChainFile'

const PEM =
  /^-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([A-Za-z0-9+/=\s]*)-----END (?:TRUSTED |X509 )?CERTIFICATE-----\s*$/

/**
 * Makes trust of the authorities by which servers are verified. Self-signed ones are anchors, the others help to complete a path.
 *
 * What was given has to be good, all of it: an authority that is silently missing is an outage at the next rotation. What the system trusts is nobody's to mend
 * here: what of it cannot be read is left out and named, which refuses servers and never admits one.
 *
 * @param authorities - PEM, one text for each certificate.
 * @throws {ConfigurationError} `ERR_CONFIG_TRUST_MALFORMED`, `ERR_CONFIG_VALUE` for what is no authority, `ERR_CONFIG_NO_ANCHOR` by whoever loads it.
 */
export function trustOf(authorities: readonly string[], from: AuthoritiesFrom, logger: Logger | null): TrustSource {
  const material: TrustMaterial[] = []
  const leftOut: string[] = []
  for (const [index, pem] of authorities.entries()) {
    const origin = from === 'system' ? `authority ${index + 1} of the system` : `${OPTION}, certificate ${index + 1}`
    const der = derOf(pem)
    const parsed = parseCertificate(der)
    if (!parsed.ok) {
      const problem = `${origin}: ${parsed.failure.message}`
      if (from !== 'system') {
        throw new ConfigurationError('ERR_CONFIG_TRUST_MALFORMED', OPTION, problem, parsed.failure.hint)
      }
      leftOut.push(`${problem} (SHA-256 ${parsed.failure.certificate?.fingerprint ?? 'unknown'})`)
      continue
    }
    if (from !== 'system') assertAuthority(parsed.value, origin)
    material.push({ der, origin })
  }
  if (leftOut.length > 0) {
    const named = leftOut.slice(0, 8).join('; ')
    const warning = `${leftOut.length} authorities of the system cannot be read and are not trusted: ${named}`
    if (logger) logger.warn({ leftOut }, warning)
    else process.emitWarning(warning, 'ClientCertWarning')
  }
  return { name: from === 'system' ? 'authorities of the system' : OPTION, load: () => material }
}

function derOf(pem: string): Uint8Array {
  const [, base64 = ''] = PEM.exec(pem.trim()) ?? []
  return Buffer.from(base64, 'base64')
}

function assertAuthority({ subject, extensions }: Certificate, origin: string): void {
  if (extensions.basicConstraints?.ca) return
  const problem = `${origin}: ${escapeHostile(nameToString(subject)) || '(empty name)'} is no certification authority`
  const fix = 'Give the certificate of the authority that issued it (basicConstraints CA:TRUE), not that of a server.'
  throw new ConfigurationError('ERR_CONFIG_VALUE', OPTION, problem, fix)
}

/** Core knows a source of trust, and not which option of ours it came by. */
export function asAuthorities<Made>(make: () => Made): Made {
  try {
    return make()
  } catch (error) {
    if (!(error instanceof ConfigurationError) || error.code !== 'ERR_CONFIG_NO_ANCHOR') throw error
    const problem = 'holds no self-signed certificate, hence no trust anchor'
    const fix = 'Add the root authority to it: intermediates alone vouch for nobody.'
    throw new ConfigurationError('ERR_CONFIG_NO_ANCHOR', OPTION, problem, fix, error)
  }
}
