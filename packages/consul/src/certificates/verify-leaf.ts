import { escapeHostile, reasonOf, type TlsMaterial, type TrustMaterial, verifyCertificate } from '@clientcert/core'
import type { Certificate } from '@clientcert/core/x509'
import { consulError } from '../consul-error.ts'
import type { ConsulLeaf } from './leaf.ts'
import { anchorsOf, type ConsulRoots, intermediatesOf } from './roots.ts'
import { parseServiceUri } from './service-uri.ts'

const MAX_REASON = 400

/** A leaf that fits roots of the same moment. Frozen. */
export interface ConnectMaterial {
  readonly tls: TlsMaterial & { readonly certChain: string; readonly privateKey: string; readonly caCertChain: string }
  readonly endEntity: Certificate
  /** SHA-256 of the end entity. */
  readonly fingerprint: string
  readonly uri: string
  readonly roots: ConsulRoots
}

/**
 * Verifies a leaf against all roots at hand (RFC 5280 6.1) and their trust domain (SPIFFE X509-SVID 5.2), and makes one material of them.
 *
 * A chain that lacks an intermediate which the roots come with gets it: peers have the roots alone, and some versions of Consul give it in the one place only.
 *
 * @throws {ConsulError} `ERR_CONSUL_LEAF_HELD`: it does not verify, or not at this time.
 */
export async function verifyLeaf(
  leaf: ConsulLeaf,
  roots: ConsulRoots,
  service: string,
  clock: () => Date,
): Promise<ConnectMaterial> {
  const anchors = anchorsOf(roots)
  const held = (reason: string) =>
    consulError('ERR_CONSUL_LEAF_HELD', { service, roots: anchors.length, reason: escapeHostile(reason, MAX_REASON) })
  const trustDomain = parseServiceUri(leaf.uri)?.trustDomain ?? ''
  if (roots.trustDomain !== null && trustDomain.toLowerCase() !== roots.trustDomain.toLowerCase()) {
    throw held(`it is of the trust domain ${trustDomain}, and the roots are of ${roots.trustDomain}`)
  }
  const pem = leaf.chain.map((each) => each.pem).join('')
  const trust = { name: "Consul's roots", load: () => trustMaterial(roots) }
  // Connect's certificates are for both ends; what is not good as a client's is not Connect's.
  const decision = await verifyCertificate({ pem }, { trust, purpose: 'clientAuth', clock })
  if (decision.outcome !== 'accepted') {
    throw held(reasonOf(decision))
  }
  const { certificates } = decision.path
  const presented = new Set([...leaf.chain, ...anchors].map(({ fingerprint }) => fingerprint))
  const missing = intermediatesOf(roots).filter(
    ({ fingerprint, certificate }) =>
      !presented.has(fingerprint) && certificates.some((one) => isSame(one, certificate)),
  )
  const [{ certificate, fingerprint }] = leaf.chain
  return Object.freeze({
    tls: Object.freeze({
      certChain: [...leaf.chain, ...missing].map((each) => each.pem).join(''),
      privateKey: leaf.privateKey,
      caCertChain: anchors.map((each) => each.pem).join(''),
    }),
    endEntity: certificate,
    fingerprint,
    uri: leaf.uri,
    roots,
  })
}

/** All roots as a source of trust has them, with what stands between them and leaf certificates. */
export const trustMaterial = (roots: ConsulRoots): readonly TrustMaterial[] =>
  roots.roots.flatMap(({ id, anchors, intermediates }) =>
    [...anchors, ...intermediates].map(({ certificate: { der } }) => ({
      der,
      origin: `Consul's root ${escapeHostile(id)}`,
    })),
  )

const isSame = (a: Certificate, b: Certificate): boolean => Buffer.compare(a.der, b.der) === 0
