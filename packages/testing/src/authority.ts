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
    /** The clock that validity is counted from. */
    at: Date
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
 * Does not issue revocation lists or OCSP answers in this version.
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
  const issuer = signerOf(self, certificate)
  const issued = mint({ issuer, subject: self, profile: ROOT, options: certificate, at })
  return authorityOf({ issuer, certificate: issued, above: [], setting: { at, keyPool, keyType } })
}

/** What everything below a root shares with it. */
type Setting = Readonly<{ at: Date; keyPool: KeyPool | undefined; keyType: KeyType }>

function authorityOf(
  own: Readonly<{
    issuer: Signer
    certificate: IssuedCertificate
    above: readonly IssuedCertificate[]
    setting: Setting
    root?: Authority
  }>,
): Authority {
  const { issuer, setting } = own
  // The root is not sent: whoever trusts it has it.
  const sentWithIssued = own.root === undefined ? [] : [own.certificate, ...own.above]

  function certify(subject: Party, profile: Profile, options: CertificateOptions): IssuedCertificate {
    return mint({ issuer, subject, profile, options, at: setting.at })
  }

  function authorityBelow(subject: Party, options: CertificateOptions): Authority {
    const certificate = certify(subject, INTERMEDIATE, options)
    return authorityOf({
      issuer: signerOf(subject, options),
      certificate,
      above: sentWithIssued,
      setting,
      root: authority.root,
    })
  }

  const authority: Authority = {
    ...leafOf(own.certificate, issuer.keys, own.above),
    name: issuer.name,
    at: setting.at,
    get root() {
      return own.root ?? authority
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
      return leafOf(certify(subject, CLIENT, options), keys, sentWithIssued)
    },
    crossSign(subject, input = {}) {
      const options = checkedOptions(input, 'certificate')
      const name = options.subject === undefined ? subject.name : encodeName(options.subject)
      return authorityBelow({ name, keys: subject }, options)
    },
  }
  return authority
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
