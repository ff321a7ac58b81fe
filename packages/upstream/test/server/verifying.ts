/** A verifier with the clock of the certificates that tests mint. */
import { DEFAULT_CLOCK, type Leaf } from '@clientcert/testing'
import { onTestFinished } from 'vitest'
import { expectationOf } from '../../src/server/expectation.ts'
import type { ExpectedServer } from '../../src/server/expected-server.ts'
import type { Presented } from '../../src/server/presented.ts'
import { readServerOptions, type ServerOptions } from '../../src/server/server-options.ts'
import { createServerVerifier, type ServerVerifierDependencies } from '../../src/server/verify-server.ts'
import type { UpstreamError } from '../../src/upstream-error.ts'

/** What a server presents: its own certificate, then its issuers. */
export const presentedOf = ({ certificate, chain }: Leaf): Presented => [
  certificate.der,
  ...chain.slice(1).map(({ der }) => der),
]

export function verifierOf(
  authorities: readonly string[],
  options: ServerOptions = {},
  deps: Partial<ServerVerifierDependencies> = {},
) {
  const resolved = readServerOptions(options)
  const verifier = createServerVerifier(authorities, resolved, {
    clock: () => DEFAULT_CLOCK,
    logger: null,
    authoritiesFrom: 'given',
    ...deps,
  })
  onTestFinished(verifier.close)
  return {
    ...verifier,
    verify: (server: string, presented: Presented, expected: ExpectedServer) =>
      verifier.verify(
        server,
        presented,
        expectationOf(expected, { ownSpiffeId: null, servername: null, host: server.replace(/:\d+$/, '') }),
      ),
  }
}

/** Verifies a server that was connected to as db.example. */
export async function verify(
  authorities: readonly string[],
  leaf: Leaf,
  options: ServerOptions = {},
): Promise<UpstreamError | null> {
  const verifier = verifierOf(authorities, options)
  await verifier.ready()
  return verifier.verify('db.example:443', presentedOf(leaf), options.expectedServer ?? 'host')
}
