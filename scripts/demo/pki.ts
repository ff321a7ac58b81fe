/** The certificates of the demo, minted for this run. */
import { dns, type From, type TrustInput } from '@clientcert/core'
import { type Authority, broken, createAuthority, type Leaf, serverCertificate } from '@clientcert/testing'

export interface Pki {
  /** The one instant of the demo, by which the applications judge. */
  readonly at: Date
  /** What the applications trust: the root and, as path material, the intermediates. */
  readonly trust: TrustInput
  /** How the applications know their proxy: by its own certificate. */
  readonly from: From
  /** What the proxy itself knows of clients: the root alone, in PEM. */
  readonly knownToProxy: string
  /** What the proxy presents to the applications. */
  readonly proxy: Leaf
  readonly server: Readonly<{ key: string; cert: string }>
  readonly clients: Readonly<Record<ClientName, Leaf | null>>
  /** Another good client, who sends the intermediate along. */
  readonly bob: Leaf
  /** Who issues, and says whom it has revoked: the first two by CRL, the third by its responder alone. */
  readonly authorities: Readonly<Record<'root' | 'intermediate' | 'online', Authority>>
  readonly revokedByCrl: Leaf
}

/** Where the certificates of the third authority say that it is asked: one that answers, and one that is down. */
export interface Responders {
  readonly answering: string
  readonly down: string
}

/** Who knocks. */
export type ClientName =
  | 'none'
  | 'good'
  | 'expired'
  | 'of another CA'
  | 'forged'
  | 'wrong EKU'
  | 'leaf only'
  | 'the CA itself'
  | 'revoked, by CRL'
  | 'revoked, by OCSP'
  | 'responder down'

/** @param at - The machine's time, by which nginx and TLS clients go. */
export function mintPki(at: Date, { answering, down }: Responders): Pki {
  // Without keyUsage, as `openssl req -x509` makes them: Kong's own walk-through has the CA itself knock as a client.
  const root = createAuthority({ subject: 'Demo CA', at, keyUsage: null })
  const intermediate = root.intermediate('Demo Intermediate')
  const online = root.intermediate('Demo Online CA')
  const bob = intermediate.issue('bob')
  const revokedByCrl = root.issue('carol')
  const proxies = createAuthority({ subject: 'Demo Proxies CA', at })
  const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(
    createAuthority({ subject: 'Demo Server CA', at }),
  )
  return {
    at,
    trust: { pem: [root, intermediate, online].map(({ certificate }) => certificate.pem).join('') },
    from: {
      proxy: 'nginx',
      onlyFrom: { certificate: { trust: { pem: proxies.certificate.pem }, allow: dns('ingress.internal') } },
    },
    knownToProxy: root.certificate.pem,
    proxy: proxies.issue({ subject: 'ingress', san: { dns: 'ingress.internal' } }),
    server: { key, cert },
    bob,
    authorities: { root, intermediate, online },
    revokedByCrl,
    clients: {
      none: null,
      good: root.issue('alice'),
      expired: broken.expired(root, { subject: 'alice' }),
      'of another CA': createAuthority({ subject: 'Other CA', at }).issue('alice'),
      forged: broken.otherAuthority(root).issue('alice'),
      'wrong EKU': broken.wrongEku(root, { subject: 'alice' }),
      'leaf only': { ...bob, fullChainPem: bob.certificate.pem },
      'the CA itself': root,
      'revoked, by CRL': revokedByCrl,
      'revoked, by OCSP': online.issue({ subject: 'carol', authorityInfoAccess: { ocsp: [answering] } }),
      'responder down': online.issue({ subject: 'erin', authorityInfoAccess: { ocsp: [down] } }),
    },
  }
}
