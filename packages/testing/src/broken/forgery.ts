import { type Authority, createAuthority } from '../authority.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import { generateKeyPair } from '../keys.ts'
import type { Leaf } from '../leaf.ts'
import type { SignatureScheme } from '../signing/scheme.ts'

/** An authority with a weak key, and a client certificate "from" it that was made without a private key. */
export type Forgery = Readonly<{ root: Authority; leaf: Leaf }>

/** Thrown by a scheme for which no signature of these very bytes exists; another serial number gives other bytes. */
export class UnforgeableBytes extends Error {
  override readonly name = 'UnforgeableBytes'
}

// At one chance in eight, the worst of those here, 500 failures in a row happen once in 10^29.
const MOST_ATTEMPTS = 500

/**
 * Creates an authority whose certificate carries `subjectPublicKeyInfo`, and a leaf, both signed by `scheme`.
 *
 * The authority signs itself by the same forgery, so that it counts as self-signed. Its key object is a stand-in that
 * signs nothing; what it issues needs `signature` set. The leaf has an honest key and can make a TLS handshake.
 */
export function forgeryBy(
  subjectPublicKeyInfo: Uint8Array,
  signature: SignatureScheme,
  options: CertificateOptions = {},
): Forgery {
  const standIn = generateKeyPair()
  const keys = generateKeyPair()
  const root = untilSigned(() =>
    createAuthority({ subject: 'Weak Root', key: standIn, subjectPublicKeyInfo, signature }),
  )
  return { root, leaf: untilSigned(() => root.issue({ key: keys, ...options, signature })) }
}

function untilSigned<Result>(attempt: () => Result): Result {
  for (let attempts = 1; ; attempts++) {
    try {
      return attempt()
    } catch (error) {
      if (!(error instanceof UnforgeableBytes) || attempts === MOST_ATTEMPTS) throw error
    }
  }
}
