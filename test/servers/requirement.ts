import { beforeEach } from 'vitest'

/** Whether a server that is not there is a failure, or a test that is skipped aloud. */
export const isRequired = (): boolean =>
  process.env['CI'] === 'true' || process.env['CLIENTCERT_SERVERS'] === 'required'

/**
 * Demands a server for the tests around the call. The run ends with the reason of what it skipped.
 *
 * @param program - Where it is; null where it is not.
 * @param missing - What to say then: what is missing, and how to install it.
 * @throws {Error} With those words, where servers are required.
 */
export function requireServer(program: string | null, missing: string): void {
  if (program !== null) return
  if (isRequired()) throw new Error(missing)
  beforeEach(({ skip }) => skip(missing))
}
