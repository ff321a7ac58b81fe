import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import tls from 'node:tls'
import { readWholePem } from '@clientcert/core'
import { MAX_MATERIAL_BYTES } from './found-material.ts'

/**
 * What Node trusts by itself, as PEM: with `NODE_EXTRA_CA_CERTS`, `--use-system-ca` and the like where it says so (Node 22.15 and later), else its own roots and those of
 * `NODE_EXTRA_CA_CERTS`.
 *
 * Not all of them need be such as this library reads: nobody chose them one by one, and whoever verifies by them leaves those out.
 */
export function systemAuthorities(): readonly string[] {
  // The type definitions follow the oldest supported Node, which does not know it.
  const getCACertificates: unknown = Reflect.get(tls, 'getCACertificates')
  const all =
    typeof getCACertificates === 'function'
      ? (Reflect.apply(getCACertificates, tls, ['default']) as readonly string[])
      : [...tls.rootCertificates, ...extraAuthorities()]
  return [...new Set(all)]
}

/** Read once, as Node does. */
let extra: readonly string[] | undefined

function extraAuthorities(): readonly string[] {
  extra ??= readExtraAuthorities(process.env['NODE_EXTRA_CA_CERTS'])
  return extra
}

/** Those of the file that Node was told of. Where it cannot be read Node says so itself, and goes on without. */
function readExtraAuthorities(path: string | undefined): readonly string[] {
  if (!path) return []
  try {
    const found = statSync(path)
    if (!found.isFile() || found.size > MAX_MATERIAL_BYTES) return []
    return readWholePem(readFileSync(path)).map((der) => new X509Certificate(der).toString())
  } catch {
    return []
  }
}
