import { X509Certificate } from 'node:crypto'
import { readFileSync, statSync } from 'node:fs'
import tls from 'node:tls'
import { readWholePem } from '@clientcert/core'
import { parseCertificate } from '@clientcert/core/x509'
import { MAX_MATERIAL_BYTES } from './found-material.ts'

/**
 * What Node trusts by itself, as PEM: with `NODE_EXTRA_CA_CERTS`, `--use-system-ca` and the like where it says so (22.15 and later), else its own roots and those of
 * `NODE_EXTRA_CA_CERTS`.
 *
 * Leaves out what this library refuses to parse: nobody chose these one by one, and one less is trusted.
 */
export function systemAuthorities(): readonly string[] {
  const all = defaultAuthorities()
  if (known?.all === all) return known.readable
  const readable = [...new Set(all)].filter(isReadable)
  known = { all, readable }
  return readable
}

/** Node gives the same array until somebody changes it, and reading 144 takes 20 ms. */
let known: { readonly all: readonly string[]; readonly readable: readonly string[] } | undefined

function defaultAuthorities(): readonly string[] {
  // The type definitions follow the oldest supported Node, which does not know it.
  const getCACertificates: unknown = Reflect.get(tls, 'getCACertificates')
  if (typeof getCACertificates === 'function') return Reflect.apply(getCACertificates, tls, ['default']) as string[]
  bundled ??= [...tls.rootCertificates, ...extraAuthorities(process.env['NODE_EXTRA_CA_CERTS'])]
  return bundled
}

/** Read once, as Node does. */
let bundled: readonly string[] | undefined

/** Those of the file that Node was told of. Where it cannot be read Node says so itself, and goes on without. */
function extraAuthorities(path: string | undefined): readonly string[] {
  if (!path) return []
  try {
    const found = statSync(path)
    if (!found.isFile() || found.size > MAX_MATERIAL_BYTES) return []
    return readWholePem(readFileSync(path)).map((der) => new X509Certificate(der).toString())
  } catch {
    return []
  }
}

function isReadable(pem: string): boolean {
  try {
    return parseCertificate(new Uint8Array(new X509Certificate(pem).raw)).ok
  } catch {
    return false
  }
}
