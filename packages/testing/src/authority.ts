import {
  type AuthorityOptions,
  assertKnownOptions,
  type CertificateOptions,
  DEFAULT_CLOCK,
} from './certificate-options.ts'
import type { IssuedCertificate } from './issued-certificate.ts'
import { DEFAULT_KEY_TYPE, type KeyPool, type KeyType, keyPairOf } from './keys.ts'
import { type Leaf, leafOf } from './leaf.ts'
import { keyIdentifierOf, mint, type Party, type Signer } from './mint.ts'
import { encodeName } from './names.ts'
import { CLIENT, INTERMEDIATE, type Profile, ROOT } from './profile.ts'

/** A certificate authority in memory. It is a {@link Leaf} as well: some gateways are shown a CA as their client. */
export type Authority = Leaf &
  Readonly<{
    /** Its subject as DER, which is the issuer of what it signs. */
    name: Uint8Array
    /** Its subjectKeyIdentifier, which what it signs points at; `null` if it was left out. */
    keyIdentifier: Uint8Array | null
    /** The clock that validity is counted from. */
    at: Date
    /** The authority that signed it; of a root, itself. */
    issuer: Authority
    /** The authority at the top; of a root, itself. */
    root: Authority
    /** Creates an authority below this one. */
    intermediate: (options?: CertificateOptions | string) => Authority
    /** Issues a client certificate, unless the options make it another kind. A string is the common name. */
    issue: (options?: CertificateOptions | string) => Leaf
    /** Certifies the name and key of an existing authority: the same authority, by another path. */
    crossSign: (subject: Authority, options?: CertificateOptions) => Authority
  }>

/**
 * Creates a self-signed certificate authority.
 *
 * Everything happens on the calling thread and in memory, by `node:crypto`. Keys are real and the certificates as good as
 * any: an authority of a test belongs in no trust store that outlives the test.
 *
 * Revokes nobody: see {@link mintCrl}, {@link mintOcspResponse} and {@link answerOcspRequest}.
 *
 * @param options - See {@link AuthorityOptions}. A string is the common name.
 * @throws {TypeError} For an option that does not exist, or a name inside one that means nothing.
 * @example
 * const root = createAuthority()
 * const leaf = root.intermediate().issue({ subject: 'alice', san: { email: 'alice@example.com' } })
 * leaf.chain.length // 2: the leaf and the intermediate
 */
export function createAuthority(options: AuthorityOptions | string = {}): Authority {
  const { at = DEFAULT_CLOCK, keyPool, ...certificate } = checkedOptions(options, 'root')
  const keyType = typeof certificate.key === 'string' ? certificate.key : DEFAULT_KEY_TYPE
  const self: Party = {
    name: encodeName(certificate.subject ?? ROOT.subject),
    keys: keyPairOf(certificate.key ?? keyType, keyPool),
  }
  const signer = signerOf(self, certificate)
  const issued = mint({ issuer: signer, subject: self, profile: ROOT, options: certificate, at })
  return authorityOf({ signer, certificate: issued, setting: { at, keyPool, keyType } })
}

/** What everything below a root shares with it. */
type Setting = Readonly<{ at: Date; keyPool: KeyPool | undefined; keyType: KeyType }>

function authorityOf(
  own: Readonly<{ signer: Signer; certificate: IssuedCertificate; setting: Setting; issuer?: Authority }>,
): Authority {
  const { signer, certificate, setting, issuer } = own
  const holder = leafOf(certificate, signer.keys, sentWithIssuedBy(issuer))

  function certify(subject: Party, profile: Profile, options: CertificateOptions): IssuedCertificate {
    return mint({ issuer: signer, subject, profile, options, at: setting.at })
  }

  function authorityBelow(subject: Party, options: CertificateOptions): Authority {
    const issued = certify(subject, INTERMEDIATE, options)
    return authorityOf({ signer: signerOf(subject, options), certificate: issued, setting, issuer: authority })
  }

  const authority: Authority = {
    ...holder,
    name: signer.name,
    keyIdentifier: signer.keyIdentifier,
    at: setting.at,
    get issuer() {
      return issuer ?? authority
    },
    get root() {
      return issuer?.root ?? authority
    },
    intermediate(input = {}) {
      const options = checkedOptions(input, 'certificate')
      const keys = keyPairOf(options.key ?? setting.keyType, setting.keyPool)
      return authorityBelow({ name: encodeName(options.subject ?? INTERMEDIATE.subject), keys }, options)
    },
    issue(input = {}) {
      const options = checkedOptions(input, 'certificate')
      const keys = keyPairOf(options.key ?? DEFAULT_KEY_TYPE, setting.keyPool)
      const subject = { name: encodeName(options.subject ?? CLIENT.subject), keys }
      return leafOf(certify(subject, CLIENT, options), keys, sentWithIssuedBy(authority))
    },
    crossSign(subject, input = {}) {
      const options = checkedOptions(input, 'certificate')
      const name = options.subject === undefined ? subject.name : encodeName(options.subject)
      return authorityBelow({ name, keys: subject }, options)
    },
  }
  return authority
}

/** An issuer's certificate and those above it, but never the root: whoever trusts it has it. */
function sentWithIssuedBy(issuer: Authority | undefined): readonly IssuedCertificate[] {
  return issuer === undefined || issuer.issuer === issuer ? [] : issuer.chain
}

function checkedOptions(input: AuthorityOptions | string, level: 'certificate' | 'root'): AuthorityOptions {
  const options = typeof input === 'string' ? { subject: input } : input
  assertKnownOptions(options, level)
  return options
}

function signerOf(party: Party, options: CertificateOptions): Signer {
  const { subjectKeyIdentifier: asked } = options
  return { ...party, keyIdentifier: asked === undefined ? keyIdentifierOf(party, options) : asked }
}
