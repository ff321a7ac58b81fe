import { authenticatorOf } from './authenticator.ts'
import type { CertificateInput } from './certificate-input.ts'
import type { Decision } from './decision.ts'
import { type AuthenticatorOptions, resolveOptions } from './options.ts'

/**
 * Verifies one certificate that was handed over as such: of a Lambda event, a message, a file.
 *
 * Loads `trust` for this one call; for more than a few, make an authenticator and use its `verify`.
 *
 * Does not prove that whoever handed it over holds its key. Revocation is checked as `options.revocation` says, by default not at all.
 *
 * @param input - `{ pem }` with the end entity first, or `{ der, presented }`. Untrusted.
 * @param options - As of `createAuthenticator`, but for `from`.
 * @returns The decision: `accepted`, `rejected`, or `unverified` under `mode: 'accept-unverified'` and `'optional-no-ca'`.
 * @throws {ConfigurationError} For options and for an input of neither shape. Never for a bad certificate.
 */
export async function verifyCertificate(
  input: CertificateInput,
  options: Omit<AuthenticatorOptions, 'from'>,
): Promise<Decision> {
  const authenticator = authenticatorOf(resolveOptions(options))
  try {
    await authenticator.ready()
    return await authenticator.verify(input)
  } finally {
    authenticator.close()
  }
}
