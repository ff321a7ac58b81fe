import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Leaf } from '@clientcert/testing'
import type { TestContext } from 'vitest'
import { openssl } from '../openssl.ts'

/** `openssl ocsp` reads and writes files: they live for one call. */
function withFiles<Outcome>(use: (file: (name: string, content?: Uint8Array | string) => string) => Outcome): Outcome {
  const directory = mkdtempSync(join(tmpdir(), 'clientcert-ocsp-'))
  try {
    return use((name, content) => {
      const path = join(directory, name)
      if (content !== undefined) writeFileSync(path, content)
      return path
    })
  } finally {
    rmSync(directory, { recursive: true })
  }
}

/** An answer as openssl prints it, without the spaces in front. Nothing of it is verified. */
export const opensslOcspText = (context: TestContext, response: Uint8Array): string =>
  withFiles((file) =>
    openssl(context, ['ocsp', '-respin', file('response.der', response), '-resp_text', '-noverify']).replaceAll(
      / +/g,
      ' ',
    ),
  )

/** A request that openssl writes. */
export const opensslOcspRequest = (
  context: TestContext,
  client: Leaf,
  issuer: Leaf,
  ...options: readonly string[]
): Uint8Array =>
  withFiles((file) => {
    const certificates = [
      ...['-issuer', file('issuer.pem', issuer.certificate.pem)],
      ...['-cert', file('client.pem', client.certificate.pem)],
    ]
    const request = file('request.der')
    openssl(context, ['ocsp', ...options, ...certificates, '-reqout', request])
    return new Uint8Array(readFileSync(request))
  })
