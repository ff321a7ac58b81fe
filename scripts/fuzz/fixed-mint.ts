import {
  type Authority,
  type CertificateOptions,
  createAuthority,
  type KeyPair,
  type Leaf,
  type SignatureScheme,
} from '@clientcert/testing'
import { fixedScheme } from './fixed-keys.ts'

/** A certificate, and what its issuer does to sign another one in its place. */
export interface Link {
  readonly der: Uint8Array
  readonly scheme: SignatureScheme
  readonly sign: (tbs: Uint8Array) => Uint8Array
}

export interface Chain {
  readonly name: string
  /** End entity first, then the intermediates; the anchor stays at home. */
  readonly links: readonly [Link, ...Link[]]
}

type Options = CertificateOptions & Readonly<{ key: KeyPair; scheme?: SignatureScheme }>

/** Mints certificates whose octets are the same in every run. */
export interface FixedMint {
  readonly root: (subject: string, options: Options) => Authority
  readonly under: (issuer: Authority, subject: string, options: Options) => Authority
  /** Certifies name and key of an authority a second time. */
  readonly cross: (issuer: Authority, subject: Authority, options?: CertificateOptions) => Authority
  readonly client: (issuer: Authority, options: Options) => Leaf
  readonly chain: (name: string, endEntity: Leaf, ...others: readonly Leaf[]) => Chain
}

export function createFixedMint(): FixedMint {
  const links = new WeakMap<Uint8Array, Link>()
  let serialNumber = 0x1000n

  const fixed = (
    { scheme, ...options }: CertificateOptions & Readonly<{ scheme?: SignatureScheme }>,
    issuer: KeyPair,
  ) => ({
    ...options,
    signature: scheme ?? fixedScheme(issuer),
    serialNumber: serialNumber++,
  })
  const record = <Holder extends Leaf>(holder: Holder, issuer: KeyPair, scheme: SignatureScheme): Holder => {
    const { der } = holder.certificate
    links.set(der, { der, scheme, sign: (tbs) => scheme.sign(tbs, issuer.privateKey) })
    return holder
  }
  const named = (subject: string) => ({ subject: { O: 'Fuzz', CN: subject } })

  return {
    root: (subject, options) => createAuthority(fixed({ ...named(subject), ...options }, options.key)),
    under: (issuer, subject, options) => {
      const certified = fixed({ ...named(subject), ...options }, issuer)
      return record(issuer.intermediate(certified), issuer, certified.signature)
    },
    cross: (issuer, subject, options = {}) => {
      const certified = fixed(options, issuer)
      return record(issuer.crossSign(subject, certified), issuer, certified.signature)
    },
    client: (issuer, options) => {
      const certified = fixed(options, issuer)
      return record(issuer.issue(certified), issuer, certified.signature)
    },
    chain: (name, endEntity, ...others) => {
      const linkOf = ({ certificate }: Leaf): Link => {
        const link = links.get(certificate.der)
        if (!link) throw new RangeError(`${name}: an anchor is no link of a chain`)
        return link
      }
      return { name, links: [linkOf(endEntity), ...others.map(linkOf)] }
    },
  }
}
