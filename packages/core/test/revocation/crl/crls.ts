/** From minted CRLs to what is kept of them. */
import type { Authority, Leaf, MintedCrl } from '@clientcert/testing'
import type { VerifyPathOptions } from '../../../src/path/verify-path.ts'
import type { Answer } from '../../../src/revocation/answer.ts'
import { verifyCrlSigner } from '../../../src/revocation/crl/crl-signer.ts'
import { crlAnswer } from '../../../src/revocation/crl/crl-status.ts'
import { type CrlSnapshot, crlSnapshot, type LoadedCrl, readCrls } from '../../../src/revocation/crl/loaded-crl.ts'
import { atOnce } from '../../../src/slices.ts'
import type { Certificate } from '../../../src/x509/certificate.ts'
import { NOW, parsed, pathOf, storeOf, type Trusted } from '../../path/verdict.ts'

/** Reads what has to be good CRLs. */
export function loadedFrom(octets: Uint8Array, origin = 'a.crl'): readonly LoadedCrl[] {
  const crls = atOnce(readCrls(octets, origin))
  if (!crls.ok) throw new Error(crls.failure)
  return crls.value
}

/** Reads what has to be one good CRL. */
export function loaded({ der }: MintedCrl, origin = 'a.crl'): LoadedCrl {
  const [crl] = loadedFrom(der, origin)
  if (!crl) throw new Error('no CRL')
  return crl
}

/** Why octets are refused. */
export function refusalOf(octets: Uint8Array, origin = 'a.crl'): string {
  const crls = atOnce(readCrls(octets, origin))
  if (crls.ok) throw new Error('read, where a refusal was expected')
  return crls.failure
}

/** CRLs as a store holds them, each named by its place: `crl 1`. */
export const snapshotOf = (...crls: readonly MintedCrl[]): CrlSnapshot =>
  crlSnapshot(crls.map((crl, index) => loaded(crl, `crl ${index + 1}`)))

/** The certificate of a client as the verifier reads it. */
export const certificateOf = ({ certificate }: Leaf): Certificate => parsed(certificate)

export interface Asking {
  /** Milliseconds; default the clock of the tests. */
  readonly at?: number
  readonly skewMs?: number
  /** Besides the root of the client. */
  readonly anchors?: readonly Trusted[]
  /** Path material of the store: separate signers, for one. */
  readonly intermediates?: readonly Leaf[]
  /** What the client sends besides its chain. */
  readonly presented?: readonly Leaf[]
  /** Which certificate of the path is asked about. Default 0, the end entity. */
  readonly position?: number
  /** Whether the certificates of a signer's path are revoked. */
  readonly signerStatus?: 'good' | 'revoked' | 'unknown'
  readonly path?: Partial<VerifyPathOptions>
}

/** What CRLs at hand say of a client of `root`, with the signatures verified. */
export async function answerFor(
  root: Authority,
  leaf: Leaf,
  crls: readonly MintedCrl[],
  asking: Asking = {},
): Promise<Answer | undefined> {
  const { at = NOW, skewMs = 0, anchors = [], intermediates = [], presented = [], position = 0 } = asking
  const trust = storeOf([root, ...anchors], intermediates)
  const sent = [...leaf.chain.slice(1), ...presented.map(({ certificate }) => certificate)]
  const options = { at, requiredEku: null, ...asking.path }
  const path = pathOf({ leaf, presented: sent }, trust, options)
  const certificate = path.certificates[position]
  if (!certificate) throw new Error('the path is shorter')
  const verifySigner = ({ list }: LoadedCrl) =>
    verifyCrlSigner(list, {
      path,
      position,
      trust,
      presented: sent.map(parsed),
      options,
      statusOf: () => Promise.resolve(asking.signerStatus ?? 'good'),
    })
  return crlAnswer({ certificate, at, skewMs, verifySigner }, snapshotOf(...crls))
}

/** The answer in a few words: `good`, `revoked: keyCompromise`, `none: stale`, `silent` where no CRL is of its issuer. */
export async function verdictFor(...given: Parameters<typeof answerFor>): Promise<string> {
  const answer = await answerFor(...given)
  if (answer === undefined) return 'silent'
  switch (answer.kind) {
    case 'revoked':
      return `revoked: ${answer.reason}`
    case 'none':
      return `none: ${answer.because}`
    case 'good':
    case 'unknown':
      return answer.kind
    default:
      return answer satisfies never
  }
}
