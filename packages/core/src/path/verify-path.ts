/**
 * The search for a certification path, depth first, within a budget.
 *
 * Paths are built forward, from the end entity towards the anchors, since the peer's certificates are few and untrusted and the store's are
 * indexed by name. Each candidate issuer passes the cheap rules before its signature is tried; no (certificate, issuer key) pair is
 * verified twice; a certificate whose name and key are on the path already is not taken again (RFC 4158 2.4.2), which ends cycles: pkijs
 * hangs on two certificates that sign each other.
 */
import { escapeHostile } from '../encoding/escape.ts'
import { ok, type Result, refused } from '../result.ts'
import { mayHaveBequeathed } from '../signatures/dsa-parameters.ts'
import { signaturesFailure } from '../signatures/failures.ts'
import { type Placed, readKey, verifySignature } from '../signatures/verify-signature.ts'
import { NO_WEAKNESS, type Weakness } from '../signatures/weakness.ts'
import { anchorsEqualTo, type TrustAnchor, type TrustSnapshot } from '../trust/snapshot.ts'
import { type Certificate, isSameBytes } from '../x509/certificate.ts'
import { certificateRef } from '../x509/certificate-ref.ts'
import { isSameName } from '../x509/name-comparison.ts'
import { OID } from '../x509/oids.ts'
import {
  type Budget,
  createBudget,
  DEFAULT_NAME_COMPARISONS,
  DEFAULT_POLICIES,
  DEFAULT_SEARCH_STEPS,
  DEFAULT_SIGNATURE_COST,
  spend,
} from './budget.ts'
import { type AnchorFilter, type Candidate, listCandidates } from './candidates.ts'
import type { CheckContext } from './checks/check.ts'
import { pathFailure } from './failures.ts'
import { checkNameConstraints } from './name-constraints/check-name-constraints.ts'
import { unanchoredEvidence } from './nearest.ts'
import { ANY_POLICY_INPUTS, checkPolicies, type PolicyInputs } from './policies/check-policies.ts'
import { checkProfile } from './profile.ts'
import { type Found, mostSpecific, type PathRefusal } from './rank.ts'
import { createVerifiedPath, type VerifiedPath } from './verified-path.ts'

/** As pyca; webpki allows 6, nginx 1 unless told otherwise, OpenSSL 100. */
export const DEFAULT_MAX_INTERMEDIATES = 8

/** Certificates looked at besides the end entity. Google's load balancer and pyca stop at about as many. */
export const DEFAULT_MAX_PRESENTED = 10

export interface VerifyPathOptions {
  /** Instant of validation, in milliseconds. */
  readonly at: number
  /** Intermediates allowed between end entity and anchor, 0 to 10. Default {@link DEFAULT_MAX_INTERMEDIATES}. */
  readonly maxIntermediates?: number
  /** Certificates allowed besides the end entity. Default {@link DEFAULT_MAX_PRESENTED}. */
  readonly maxPresented?: number
  /** Purpose, as an OID; null for none. Default id-kp-clientAuth. */
  readonly requiredEku?: string | null
  /** What the first certificate is to be good for. Default `'end-entity'`. */
  readonly role?: 'end-entity' | 'crl-issuer'
  /** Units of signature cost. Default {@link DEFAULT_SIGNATURE_COST}. */
  readonly signatureCost?: number
  /** Certificate policies that are asked for. Default: none. */
  readonly policies?: PolicyInputs
  /** Weak algorithms that are let pass. Default: none. */
  readonly allowedWeaknesses?: ReadonlySet<Weakness>
  /** Anchors at which the search may end. Default: all. They restrict the search, so another path may still be found. */
  readonly isAllowed?: AnchorFilter
}

/**
 * Verifies that `endEntity` chains to an anchor of `snapshot` and satisfies the client profile.
 *
 * RFC 5280 section 6.1, with departures: extended key usage is nested; the anchor's own validity, basicConstraints and keyUsage are
 * enforced (RFC 5937), as are its constraints on names and policies; policies are processed as RFC 9618 has it; an end entity that is itself an
 * anchor is a path of one.
 *
 * Does not check revocation.
 *
 * @param endEntity - Certificate presented by the peer. Untrusted.
 * @param presented - Other certificates sent with it, in any order. Untrusted.
 * @param snapshot - Trust anchors and path material.
 * @returns The path, or the most specific failure over all candidate paths, the others beside it.
 */
export function verifyPath(
  endEntity: Certificate,
  presented: readonly Certificate[],
  snapshot: TrustSnapshot,
  options: VerifyPathOptions,
): Result<VerifiedPath, PathRefusal> {
  const {
    at,
    requiredEku = OID.clientAuth,
    role = 'end-entity',
    policies = ANY_POLICY_INPUTS,
    allowedWeaknesses = NO_WEAKNESS,
    isAllowed = () => true,
    maxPresented: limit = DEFAULT_MAX_PRESENTED,
  } = options
  if (presented.length > limit) {
    const evidence = { limit, present: presented.length }
    return refused(pathFailure('ERR_PATH_TOO_MANY_CERTIFICATES', evidence, certificateRef(endEntity, 0)))
  }
  const failure = checkProfile(
    role,
    { certificate: endEntity, position: 0 },
    { at, requiredEku, intermediatesBelow: 0, allowedWeaknesses },
  )
  if (failure) return refused(failure)

  const search: Search = {
    at,
    requiredEku,
    isAllowed,
    snapshot,
    presented,
    maxIntermediates: options.maxIntermediates ?? DEFAULT_MAX_INTERMEDIATES,
    budget: createBudget({
      signatures: options.signatureCost ?? DEFAULT_SIGNATURE_COST,
      steps: DEFAULT_SEARCH_STEPS,
      comparisons: DEFAULT_NAME_COMPARISONS,
      policies: DEFAULT_POLICIES,
    }),
    verified: [],
    found: [],
    policies,
    allowedWeaknesses,
    deadEnds: 0,
    isOver: false,
  }
  const anchor = anchorsEqualTo(endEntity, snapshot).find(isAllowed)
  if (anchor) {
    const broken = checkWhole([endEntity], search)
    return broken ? refused(broken) : ok(createVerifiedPath([endEntity], anchor, at))
  }
  const path = extend([endEntity], search)
  if (path) return ok(path)
  const [first, ...rest] = search.found
  return refused(first ? mostSpecific([first, ...rest]) : unanchored([endEntity], search))
}

interface Search {
  readonly at: number
  readonly requiredEku: string | null
  readonly isAllowed: AnchorFilter
  readonly snapshot: TrustSnapshot
  readonly presented: readonly Certificate[]
  readonly maxIntermediates: number
  readonly policies: PolicyInputs
  readonly allowedWeaknesses: ReadonlySet<Weakness>
  readonly budget: Budget
  /** Signatures tried so far. */
  readonly verified: {
    readonly child: Certificate
    readonly issuerKey: Uint8Array
    readonly failure: PathRefusal | null
  }[]
  /** Failures so far; a fatal one ends the search. */
  readonly found: Found[]
  /** Ways that ended without an anchor. */
  deadEnds: number
  isOver: boolean
}

/** How many dead ends are described: each description compares names with the whole store, and the first few say it all. */
const MAX_DEAD_ENDS = 4

type Partial = readonly [Certificate, ...Certificate[]]

/**
 * Tries every candidate issuer of the last certificate of `path`; returns the first verified path.
 *
 * An anchor whose name and key are on the path already leads no further. Its signature is asked for all the same: whoever takes both for its own
 * without it has forged the certificate, and must not pass for one whom nobody here knows.
 */
function extend(path: Partial, search: Search): VerifiedPath | undefined {
  const child = path[path.length - 1] ?? path[0]
  const isOnPath = ({ certificate }: Candidate) => path.some((each) => isSameHolder(each, certificate))
  const all = listCandidates(child, search.presented, search.snapshot, search.isAllowed)
  const impersonated = all.find((candidate) => candidate.anchor && isOnPath(candidate))
  const forgery = impersonated && trySignature(path, { ...impersonated, position: path.length }, search)
  if (forgery) search.found.push({ failure: forgery, likeliness: impersonated.likeliness })
  const candidates = all.filter((candidate) => !isOnPath(candidate))
  if (candidates.length === 0 && search.deadEnds++ < MAX_DEAD_ENDS) {
    search.found.push({ failure: unanchored(path, search), likeliness: 'open' })
  }
  for (const candidate of candidates) {
    const failure = tryCandidate(path, candidate, search)
    if (failure) search.found.push({ failure, likeliness: candidate.likeliness })
    if (failure?.code === 'ERR_PATH_BUDGET') search.isOver = true
    if (search.isOver) return undefined
    if (failure) continue
    const longer: Partial = [...path, candidate.certificate]
    if (candidate.anchor) {
      const broken = checkWhole(longer, search)
      if (!broken) return createVerifiedPath(longer, candidate.anchor, search.at)
      search.found.push({ failure: broken, likeliness: candidate.likeliness })
      if (broken.code === 'ERR_PATH_BUDGET') search.isOver = true
      continue
    }
    const complete = extend(longer, search)
    if (complete || search.isOver) return complete
  }
  return undefined
}

/** The rules that speak of the whole path: after the signatures, since their cost grows with what the certificates claim. */
const checkWhole = (path: Partial, { budget, policies }: Search): PathRefusal | undefined =>
  checkNameConstraints(path, budget) ?? checkPolicies(path, policies, budget)

/** The rules for one issuer: cheap ones first, then its signature on the certificate below. */
function tryCandidate(path: Partial, candidate: Candidate, search: Search): PathRefusal | undefined {
  const { certificate } = candidate
  const position = path.length
  const ref = () => certificateRef(certificate, position)
  const steps = spend(search.budget, 'steps', 1)
  if (steps) return pathFailure('ERR_PATH_BUDGET', steps, ref())
  const { maxIntermediates: limit } = search
  if (!candidate.anchor && position > limit) return pathFailure('ERR_PATH_TOO_LONG', { limit }, ref())
  const intermediatesBelow = path.slice(1).filter((each) => !isSelfIssued(each)).length
  const { at, requiredEku, allowedWeaknesses } = search
  const context: CheckContext = { at, requiredEku, intermediatesBelow, allowedWeaknesses }
  const placed = { certificate, position }
  const broken = checkProfile('issuer', placed, context)
  // A path that is longer than its anchor allows is the client's.
  if (broken) return candidate.anchor && broken.code !== 'ERR_PATH_LENGTH' ? ofAnchor(broken, candidate.anchor) : broken
  return trySignature(path, placed, search)
}

/** What is wrong with an anchor no client can mend. */
function ofAnchor(broken: PathRefusal, { origin }: TrustAnchor): PathRefusal {
  const hint = `This is a trust anchor of your own, from ${escapeHostile(origin)}: it vouches for nobody until it is replaced there.`
  return Object.freeze({ ...broken, fault: 'server', hint })
}

function trySignature(path: Partial, issuer: Placed, search: Search): PathRefusal | undefined {
  const child = path[path.length - 1] ?? path[0]
  const issuerKey = issuer.certificate.publicKey.der
  const known = search.verified.find((each) => each.child === child && isSameBytes(each.issuerKey, issuerKey))
  if (known) return known.failure ?? undefined
  if (!mayHaveBequeathed(issuer.certificate, child)) {
    const evidence = { algorithm: 'DSA', reason: 'parameters that are not those of its issuer' }
    return signaturesFailure('ERR_SIGNATURES_KEY_MALFORMED', evidence, certificateRef(child, path.length - 1))
  }
  const key = readKey(issuer, search.allowedWeaknesses)
  if (!key.ok) return key.failure
  const overspent = spend(search.budget, 'signatures', key.value.cost + hashingCost(child))
  if (overspent) return pathFailure('ERR_PATH_BUDGET', overspent, certificateRef(issuer.certificate, issuer.position))
  const signature = verifySignature({ certificate: child, position: path.length - 1 }, issuer, search.allowedWeaknesses)
  const failure = signature.ok ? null : signature.failure
  search.verified.push({ child, issuerKey, failure })
  return failure ?? undefined
}

/** Every candidate has the whole certificate hashed again: 16 kB of SHA-512 take as long as RSA-2048. Real ones are smaller. */
const hashingCost = ({ tbs }: Certificate): number => Math.floor(tbs.length / 16_384)

/** The same name with the same key: another certificate of it would lead round in a circle. */
const isSameHolder = (a: Certificate, b: Certificate): boolean =>
  isSameBytes(a.publicKey.der, b.publicKey.der) && isSameName(a.subject, b.subject)

/** RFC 5280 3.2: subject and issuer are the same name, whoever signed. */
const isSelfIssued = ({ subject, issuer }: Certificate): boolean => isSameName(subject, issuer)

/** Nobody is left to ask. Which of three ways it is decides what to do about it. */
function unanchored(path: Partial, { snapshot, isAllowed }: Search): PathRefusal {
  const tail = path[path.length - 1] ?? path[0]
  const evidence = unanchoredEvidence(tail, snapshot, isAllowed)
  const ref = certificateRef(tail, path.length - 1)
  if (!isSelfIssued(tail)) return pathFailure('ERR_PATH_ISSUER_MISSING', evidence, ref)
  return pathFailure(path.length === 1 ? 'ERR_PATH_SELF_SIGNED' : 'ERR_PATH_NO_ANCHOR', evidence, ref)
}
