import { type Authority, createAuthority } from '../authority.ts'
import type { CertificateOptions } from '../certificate-options.ts'
import { DEFAULT_KEY_TYPE, keyTypeOf } from '../keys.ts'
import { type Leaf, leafOf } from '../leaf.ts'

/**
 * Forges an authority: every name from the root down is the original's, no key is.
 *
 * The keys are of the same kinds, so that nothing but the signature tells the two apart. Key identifiers follow the
 * forged keys, or with `keyIdentifiers: 'copied'` are the original's, as a careful forger would have them.
 *
 * @example
 * const forger = broken.otherAuthority(root)
 * const forged = forger.issue({ subject: 'alice' }) // says it is from root
 */
export function otherAuthority(
  authority: Authority,
  { keyIdentifiers = 'own' }: Readonly<{ keyIdentifiers?: 'own' | 'copied' }> = {},
): Authority {
  const options = {
    subject: authority.name,
    key: keyTypeOf(authority.publicKey) ?? DEFAULT_KEY_TYPE,
    ...(keyIdentifiers === 'copied' ? { subjectKeyIdentifier: authority.keyIdentifier } : {}),
  }
  return authority.issuer === authority
    ? createAuthority({ ...options, at: authority.at })
    : otherAuthority(authority.issuer, { keyIdentifiers }).intermediate(options)
}

/** Creates an intermediate that is no CA by its basicConstraints (RFC 5280 section 6.1.4 k), but signs all the same. */
export function notAnAuthority(authority: Authority, options: CertificateOptions = {}): Authority {
  return authority.intermediate({ ...options, basicConstraints: { ca: false } })
}

/** Creates an intermediate without keyCertSign (RFC 5280 section 6.1.4 n), which signs all the same. */
export function withoutCertSign(authority: Authority, options: CertificateOptions = {}): Authority {
  return authority.intermediate({ ...options, keyUsage: ['digitalSignature', 'cRLSign'] })
}

/** Issues a client certificate below an intermediate whose path length of zero allows none (RFC 5280 section 6.1.4 l). */
export function pathTooLong(authority: Authority, options: CertificateOptions = {}): Leaf {
  const last = authority.intermediate({ subject: 'Last CA', basicConstraints: { ca: true, pathLen: 0 } })
  return last.intermediate({ subject: 'One CA too many' }).issue(options)
}

/** Creates a client certificate signed by its own key, that nobody vouches for. */
export function selfSigned(options: CertificateOptions = {}, at?: Date): Leaf {
  const own = createAuthority({
    subject: 'client',
    keyUsage: ['digitalSignature'],
    eku: ['clientAuth'],
    basicConstraints: null,
    ...options,
    ...(at === undefined ? {} : { at }),
  })
  return leafOf(own.certificate, own)
}

/**
 * Creates two authorities that have signed each other, and a client of the first; no root is above them.
 *
 * A path builder that does not count walks in circles: leaf, A by B, B by A, A by B, and so on
 *
 * @returns `leaf.chain` is the leaf, A signed by B, B signed by A.
 */
export function cycle(options: CertificateOptions = {}): Readonly<{ leaf: Leaf; authorities: readonly Authority[] }> {
  const first = createAuthority('Cycle A')
  const second = createAuthority('Cycle B')
  const firstBySecond = second.crossSign(first)
  const secondByFirst = first.crossSign(second)
  const { certificate, ...keys } = firstBySecond.issue(options)
  return {
    leaf: leafOf(certificate, keys, [firstBySecond.certificate, secondByFirst.certificate]),
    authorities: [firstBySecond, secondByFirst],
  }
}
