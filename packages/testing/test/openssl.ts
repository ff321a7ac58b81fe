import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Authority, Leaf } from '@clientcert/testing'
import type { TestContext } from 'vitest'

/** A CRL of a hundred thousand entries is 9 MB of text. */
const MAX_OUTPUT = 64 * 1024 * 1024

/** Runs openssl, a reader that none of us wrote. Where it is missing the test is skipped aloud, or with CI=true fails. */
export function openssl(context: TestContext, args: readonly string[], input: Uint8Array | string = ''): string {
  const { error, stdout, stderr } = spawnSync('openssl', args, { input, encoding: 'utf8', maxBuffer: MAX_OUTPUT })
  if (error !== undefined) {
    if (!('code' in error) || error.code !== 'ENOENT') throw error
    if (process.env['CI'] === 'true')
      throw new Error('openssl is not installed, and CI=true wants it', { cause: error })
    return context.skip('openssl is not installed (Debian: apt-get install openssl)')
  }
  return stdout + stderr
}

/** What `openssl verify` says of a client's chain at the authority's clock: `OK`, or the reason. */
export function opensslVerify(context: TestContext, root: Authority, leaf: Leaf): string {
  const directory = mkdtempSync(join(tmpdir(), 'clientcert-testing-'))
  try {
    const write = (name: string, pem: string): string => {
      const path = join(directory, name)
      writeFileSync(path, pem)
      return path
    }
    const output = openssl(context, [
      'verify',
      ...['-x509_strict', '-purpose', 'sslclient', '-attime', String(root.at.getTime() / 1000)],
      ...['-CAfile', write('root.pem', root.certificate.pem)],
      ...['-untrusted', write('chain.pem', leaf.fullChainPem)],
      write('leaf.pem', leaf.certificate.pem),
    ])
    return /error \d+ at \d+ depth lookup: (.*)/.exec(output)?.[1] ?? (/: OK\n/.test(output) ? 'OK' : output)
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** The certificate as `openssl x509 -text` prints it. */
export function opensslText(context: TestContext, leaf: Leaf, ...options: readonly string[]): string {
  return openssl(context, ['x509', '-inform', 'DER', '-noout', '-text', ...options], leaf.certificate.der)
}
