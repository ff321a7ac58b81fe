/**
 * Who may sign a CRL (RFC 5280 6.3.3 f, g): the issuer of the certificate, or another of the CRL's name whom an authority on the path of the certificate
 * has certified for it.
 *
 * A CRL is found by name, and names can be had by anyone. RFC 5280 asks for the same anchor and no more; but constraints bind what an authority says of hosts
 * and people, and hardly ever what it calls a signer of lists, so that any authority below the anchor could speak for all others.
 */
import { setImmediate } from 'node:timers/promises'
import { latin1 } from '../../encoding/oid.ts'
import { checkCrlSign } from '../../path/checks/key-usage.ts'
import type { VerifiedPath } from '../../path/verified-path.ts'
import { type VerifyPathOptions, verifyPath } from '../../path/verify-path.ts'
import { isLargeSigned } from '../../signatures/verify-large.ts'
import { prepare } from '../../signatures/verify-signature.ts'
import { NO_WEAKNESS } from '../../signatures/weakness.ts'
import type { TrustSnapshot } from '../../trust/snapshot.ts'
import { type Certificate, isSameBytes } from '../../x509/certificate.ts'
import type { CertificateList } from '../../x509/crl.ts'
import { isSameName, nameKey } from '../../x509/name-comparison.ts'
import type { SignerVerdict } from './crl-question.ts'

export interface SignerSearch {
  /** The path of the certificate that is asked about, and its place on it. */
  readonly path: VerifiedPath
  readonly position: number
  readonly trust: TrustSnapshot
  /** What the client sent besides its certificate: signers may be among it. Untrusted. */
  readonly presented: readonly Certificate[]
  readonly options: VerifyPathOptions
  /** Whether the certificates of a signer's own path are known not to be revoked. */
  readonly statusOf: (path: VerifiedPath) => Promise<'good' | 'revoked' | 'unknown'>
}

/** Finds who signed the CRL, and whether that counts for this path. */
export async function verifyCrlSigner(list: CertificateList, search: SignerSearch): Promise<SignerVerdict> {
  const { path, position, options } = search
  const issuer = path.certificates[position + 1]
  const problems: string[] = []
  for (const candidate of candidatesFor(list, search)) {
    if (candidate === issuer) {
      const problem = await signatureProblem(list, candidate, options)
      // The issuer is on the path already, and what it may sign is what it may say.
      if (problem === undefined) return { ok: true, signerKey: candidate.publicKey.der, status: 'good' }
      problems.push(problem)
      continue
    }
    // The path before the signature: strangers may present certificates of any name, and hashing 36 MB for each is what they would like.
    const own = verifyPath(candidate, search.presented, search.trust, {
      ...options,
      role: 'crl-issuer',
      requiredEku: null,
      isAllowed: ({ certificate }) => isSameBytes(certificate.der, path.anchor.certificate.der),
    })
    const problem = own.ok
      ? (certifierProblem(own.value, search) ?? (await signatureProblem(list, candidate, options)))
      : own.failure.message
    const status = own.ok && problem === undefined ? await search.statusOf(own.value) : 'unknown'
    if (problem !== undefined) problems.push(problem)
    else if (status === 'revoked') problems.push('its signer is revoked')
    else return { ok: true, signerKey: candidate.publicKey.der, status }
  }
  return { ok: false, because: 'wrong-signer', detail: problems[0] ?? 'nobody of its name is known' }
}

/**
 * Undefined where the signer is an authority on the path, or one of those has certified it: directly, or by way of a new key of its own (a self-issued
 * certificate, RFC 5280 3.2).
 */
function certifierProblem({ certificates: own }: VerifiedPath, { path, position }: SignerSearch): string | undefined {
  const authorities = path.certificates.slice(position + 1)
  for (const [index, certificate] of own.entries()) {
    if (authorities.some((each) => isSameHolder(each, certificate))) return undefined
    if (index > 0 && !isSameName(certificate.subject, certificate.issuer)) break
  }
  return 'its signer was certified by none of the authorities above the certificate'
}

const isSameHolder = (a: Certificate, b: Certificate): boolean =>
  isSameBytes(a.publicKey.der, b.publicKey.der) && isSameName(a.subject, b.subject)

/** The holders of its name: the issuer on the path first, then whoever is configured, then whoever was presented. */
function candidatesFor(list: CertificateList, search: SignerSearch): readonly Certificate[] {
  const { path, position, trust, presented } = search
  const issuer = path.certificates[position + 1]
  const key = nameKey(list.issuer)
  const holders = [
    ...(issuer && isSameName(issuer.subject, list.issuer) ? [issuer] : []),
    ...(trust.anchorsBySubject.get(key) ?? []).map(({ certificate }) => certificate),
    ...(trust.intermediatesBySubject.get(key) ?? []),
    ...presented.filter(({ subject }) => nameKey(subject) === key),
  ]
  return holders.filter((each, index) => holders.findIndex(({ der }) => isSameBytes(der, each.der)) === index)
}

/** Undefined where the signature holds. */
async function signatureProblem(
  list: CertificateList,
  candidate: Certificate,
  { at, allowedWeaknesses = NO_WEAKNESS }: VerifyPathOptions,
): Promise<string | undefined> {
  const placed = { certificate: candidate, position: 0 }
  const usage = checkCrlSign(placed, { at, requiredEku: null, intermediatesBelow: 0, allowedWeaknesses })
  if (usage) return `${usage.message} (cRLSign)`
  const verification = prepare(list, () => null, placed, allowedWeaknesses)
  if (!verification.ok) return verification.failure.message
  const { name } = verification.value
  const isSigned = await rememberedVerdict(list, candidate, () => isLargeSigned(list, verification.value))
  return isSigned ? undefined : `its signature (${name}) does not hold under the key of its issuer`
}

/** What was verified once stays so, since both are immutable; a path through the same key asks again and again. Few keys share a name. */
const verdicts = new WeakMap<CertificateList, Map<string, Promise<boolean>>>()
const MAX_KEYS = 16

/** A signature takes up to some milliseconds (P-521, RSA of 8,192 bits), and the lists and signers of one question are several. */
const turn = () => setImmediate()

function rememberedVerdict(
  list: CertificateList,
  { publicKey }: Certificate,
  verify: () => Promise<boolean>,
): Promise<boolean> {
  const known = verdicts.get(list) ?? new Map<string, Promise<boolean>>()
  verdicts.set(list, known)
  const key = latin1(publicKey.der)
  const verdict = known.get(key) ?? verify().finally(turn)
  if (known.size < MAX_KEYS) known.set(key, verdict)
  return verdict
}
