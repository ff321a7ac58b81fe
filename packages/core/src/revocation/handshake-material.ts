/**
 * What a TLS server can be given of trust and CRLs, so that OpenSSL refuses strangers and revoked clients in the handshake.
 *
 * OpenSSL, as Node sets it up (`X509_V_FLAG_CRL_CHECK` and `CRL_CHECK_ALL`, nothing else), has rules of its own: every certificate of a chain, the root
 * included, needs a complete CRL in force, signed with the very key that signed the certificate. What it does not take (deltas, indirect ones, some reasons
 * only, separate signers) is left out here, since a CRL that it finds and cannot use refuses good clients; and an authority that is left
 * without one is named, since all of its clients are refused then. Nothing here admits anybody: the decision behind the handshake stays.
 */
import { latin1 } from '../encoding/oid.ts'
import { encodePem, encodePemBlock } from '../encoding/pem.ts'
import { checkCrlSign } from '../path/checks/key-usage.ts'
import { isSigned, prepare } from '../signatures/verify-signature.ts'
import type { Weakness } from '../signatures/weakness.ts'
import { isSelfSigned } from '../trust/self-signed.ts'
import type { TrustSnapshot } from '../trust/snapshot.ts'
import type { Certificate } from '../x509/certificate.ts'
import { showName } from '../x509/name.ts'
import { nameKey } from '../x509/name-comparison.ts'
import type { CrlSnapshot, LoadedCrl } from './crl/loaded-crl.ts'

export interface HandshakeMaterialOptions {
  /** By the machine's clock, since OpenSSL goes by that and knows no other. */
  readonly at: Date
  /** Octets of DER that all CRLs together may have. */
  readonly maxCrlBytes: number
}

/** An authority of the store whose clients the handshake refuses, all of them. */
export interface HandshakeGap {
  /** `'no-root'`: it is an anchor and not self-signed, and Node's servers end a path at no other. `'no-crl'`: OpenSSL would find no CRL for it. */
  readonly kind: 'no-root' | 'no-crl'
  /** Its subject, for people. */
  readonly authority: string
  readonly because: string
}

export interface HandshakeMaterial {
  /** Grows with every change of trust or CRLs. */
  readonly epoch: number
  /** Anchors and path material in PEM, one certificate each. */
  readonly ca: readonly string[]
  /** CRLs in force in PEM, one each: of a buffer with several, Node loads the first (measured). */
  readonly crl: readonly string[]
  readonly gaps: readonly HandshakeGap[]
  /** When the first of these CRLs is out of date, by which a newer one has to be there; null without any. */
  readonly freshUntil: Date | null
  /** When time alone makes this another: a CRL or an authority comes into force or ends. Null for never. */
  readonly changesAt: Date | null
}

/** Puts the material together for one store and its CRLs as they are at one instant. */
export type MaterialReader = (
  trust: TrustSnapshot,
  crls: CrlSnapshot,
  epoch: number,
  options: HandshakeMaterialOptions,
) => HandshakeMaterial

/**
 * Creates what reads the material, and puts it together again only where something has changed: verifying and encoding half a megabyte of CRLs takes
 * some milliseconds, and answers of responders, of which the handshake gets none, change all the time.
 *
 * Does not look at what an authority's CRLs say of *which* of its certificates: where they are split by distribution points, a client of a point that
 * is missing is refused.
 */
export function createMaterialReader(allowedWeaknesses: ReadonlySet<Weakness>): MaterialReader {
  let last: {
    readonly trust: TrustSnapshot
    readonly crls: CrlSnapshot
    readonly options: HandshakeMaterialOptions
  } | null = null
  let material: HandshakeMaterial | null = null
  return (trust, crls, epoch, options) => {
    const isOld =
      last?.trust !== trust ||
      last.crls !== crls ||
      last.options.maxCrlBytes !== options.maxCrlBytes ||
      options.at < last.options.at ||
      (material?.changesAt != null && options.at >= material.changesAt)
    if (material && !isOld) return material
    last = { trust, crls, options }
    material = materialOf(trust, crls, epoch, options, allowedWeaknesses)
    return material
  }
}

function materialOf(
  trust: TrustSnapshot,
  crls: CrlSnapshot,
  epoch: number,
  { at, maxCrlBytes }: HandshakeMaterialOptions,
  allowedWeaknesses: ReadonlySet<Weakness>,
): HandshakeMaterial {
  const now = at.getTime()
  const authorities = authoritiesOf(trust)
  const current = authorities.filter(({ notBefore, notAfter }) => notBefore <= now && now <= notAfter)
  const { chosen, leftOut } = chooseCrls(crls, authorities, now, maxCrlBytes, allowedWeaknesses)
  const ends = chosen.map(({ crl }) => crl.list.nextUpdate ?? Number.POSITIVE_INFINITY)
  const changes = [
    ...authorities.flatMap(({ notBefore, notAfter }) => [notBefore, notAfter]),
    ...crls.all.flatMap(({ list }) => [list.thisUpdate, list.nextUpdate ?? 0]),
  ].filter((instant) => instant + SECOND_MS > now)
  return Object.freeze({
    epoch,
    ca: authorities.map(({ der }) => encodePem(der)),
    crl: chosen.map(({ crl }) => encodePemBlock('X509 CRL', crl.list.der)),
    gaps: [...rootGaps(trust), ...current.flatMap((authority) => crlGap(authority, chosen, leftOut, crls) ?? [])],
    freshUntil: earliest(ends),
    changesAt: earliest(changes.map((instant) => instant + SECOND_MS)),
  })
}

/** OpenSSL counts in seconds, both ends included: one later, what has ended has ended for it as well. */
const SECOND_MS = 1_000

function earliest(instants: readonly number[]): Date | null {
  const first = instants.reduce((a, b) => Math.min(a, b), Number.POSITIVE_INFINITY)
  return Number.isFinite(first) ? new Date(first) : null
}

/** Anchors, and path material that can issue; each once, though several ids name it. */
function authoritiesOf({ anchors, intermediates }: TrustSnapshot): readonly Certificate[] {
  const issuing = intermediates.filter(({ extensions }) => extensions.basicConstraints?.ca)
  const all = [...anchors.map(({ certificate }) => certificate), ...issuing]
  return [...new Map(all.map((certificate) => [latin1(certificate.der), certificate])).values()]
}

interface Chosen {
  readonly crl: LoadedCrl
  /** The authorities of the store with whose key it is signed. */
  readonly signers: readonly Certificate[]
}

interface LeftOut {
  readonly issuer: string
  readonly because: string
}

/** The newest CRL of each key and scope that OpenSSL takes, and why it does not get the others. */
function chooseCrls(
  { byIssuer }: CrlSnapshot,
  authorities: readonly Certificate[],
  now: number,
  maxCrlBytes: number,
  allowedWeaknesses: ReadonlySet<Weakness>,
): { readonly chosen: readonly Chosen[]; readonly leftOut: readonly LeftOut[] } {
  const chosen: Chosen[] = []
  const leftOut: LeftOut[] = []
  const replaced = new Set<string>()
  let octets = 0
  for (const [issuer, newestFirst] of byIssuer) {
    const holders = authorities.filter(({ subject }) => nameKey(subject) === issuer)
    for (const crl of newestFirst) {
      const leaveOut = (because: string) => leftOut.push({ issuer, because: `${crl.origin} ${because}` })
      const problem = problemOf(crl, now)
      if (problem) {
        leaveOut(problem)
        continue
      }
      const signers = holders.filter((holder) => isSignedBy(crl, holder, allowedWeaknesses))
      if (holders.length > 0 && signers.length === 0) {
        leaveOut('is signed with no key by which its name issues certificates here')
        continue
      }
      const scope = scopeKey(crl, signers, issuer)
      if (replaced.has(scope)) continue
      if (octets + crl.list.der.length > maxCrlBytes) {
        leaveOut(`has ${crl.list.der.length} octets, which are more than are left of ${maxCrlBytes} (maxCrlBytes)`)
        continue
      }
      replaced.add(scope)
      octets += crl.list.der.length
      chosen.push({ crl, signers })
    }
  }
  return { chosen, leftOut }
}

/** Why OpenSSL, without its extended CRL support, gains nothing from a CRL, or refuses because of it. */
function problemOf({ list, index }: LoadedCrl, now: number): string | undefined {
  const { thisUpdate, nextUpdate, extensions } = list
  const { issuingDistributionPoint: scope, baseCrlNumber } = extensions
  if (baseCrlNumber) return 'is a delta CRL'
  if (scope?.indirect) return 'is an indirect CRL'
  if (scope?.reasons) return 'is for some reasons only'
  if (scope?.contains === 'attribute-certificates') return 'is for attribute certificates'
  const critical = extensions.unknownCritical ?? index.unknownCritical
  if (critical !== null) return `has the critical extension ${critical}`
  if (nextUpdate === null) return 'does not say until when it holds'
  if (nextUpdate < now) return `is out of date since ${shown(nextUpdate)}`
  return thisUpdate > now ? `is not in force before ${shown(thisUpdate)}` : undefined
}

const shown = (at: number): string => new Date(at).toISOString()

function isSignedBy({ list }: LoadedCrl, holder: Certificate, allowedWeaknesses: ReadonlySet<Weakness>): boolean {
  const placed = { certificate: holder, position: 0 }
  const context = { at: list.thisUpdate, requiredEku: null, intermediatesBelow: 0, allowedWeaknesses }
  if (checkCrlSign(placed, context)) return false
  const verification = prepare(list, () => null, placed, allowedWeaknesses)
  return verification.ok && isSigned(list, verification.value)
}

/** One of an authority that only clients present is told from others of its name by the key that it names itself. */
function scopeKey({ list: { extensions } }: LoadedCrl, [signer]: readonly Certificate[], issuer: string): string {
  const key = signer ? signer.publicKey.der : extensions.authorityKeyIdentifier
  return JSON.stringify([issuer, key && latin1(key), extensions.scope && latin1(extensions.scope)])
}

const rootGaps = (trust: TrustSnapshot): HandshakeGap[] =>
  trust.anchors
    .filter(({ certificate }) => !endsAtRoot(certificate, trust))
    .map(({ certificate, origin }) => ({
      kind: 'no-root',
      authority: showName(certificate.subject),
      because: `it is an anchor by \`partialChain\` (${origin}), and a server of Node ends a path at a self-signed certificate only`,
    }))

/** By names: whether a self-signed certificate of the store may stand above. Whether the signatures hold is found out in the handshake. */
function endsAtRoot(anchor: Certificate, { anchorsBySubject, intermediatesBySubject }: TrustSnapshot): boolean {
  const reached = new Set([anchor])
  for (const below of reached) {
    if (isSelfSigned(below)) return true
    const name = nameKey(below.issuer)
    for (const { certificate } of anchorsBySubject.get(name) ?? []) reached.add(certificate)
    for (const certificate of intermediatesBySubject.get(name) ?? []) reached.add(certificate)
  }
  return false
}

/** What OpenSSL asks about a self-signed authority as well, though nobody could revoke it: it is a certificate of the chain. */
function crlGap(
  authority: Certificate,
  chosen: readonly Chosen[],
  leftOut: readonly LeftOut[],
  { missing }: CrlSnapshot,
): HandshakeGap | undefined {
  const own = chosen.filter(({ signers }) => signers.includes(authority))
  const gap = (because: string): HandshakeGap => ({ kind: 'no-crl', authority: showName(authority.subject), because })
  if (own.length === 0) {
    const reasons = [
      ...leftOut.filter(({ issuer }) => issuer === nameKey(authority.subject)).map(({ because }) => because),
      ...missing.map(({ source, error }) => `${source} has never loaded: ${error}`),
    ]
    return gap(reasons.length > 0 ? reasons.join('; ') : 'no CRL at hand is of its name')
  }
  if (!isSelfSigned(authority) || own.some(isOfAuthorities)) return undefined
  return gap('its CRLs are for user certificates or one distribution point, and OpenSSL wants one for the root as well')
}

const isOfAuthorities = ({ crl }: Chosen): boolean => {
  const scope = crl.list.extensions.issuingDistributionPoint
  return !scope || (scope.name === null && scope.contains !== 'user-certificates')
}
