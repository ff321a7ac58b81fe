/** The extensions that steer certificate policies (RFC 5280 4.2.1.4, 4.2.1.5, 4.2.1.11, 4.2.1.14). */
import {
  checkElement,
  type DerCursor,
  DerError,
  enter,
  finish,
  isAtEnd,
  readOptional,
  readSmallInteger,
  TAG,
} from '../encoding/der.ts'
import { readOid } from '../encoding/oid.ts'

export const ANY_POLICY = '2.5.29.32.0'

/** The OIDs of certificatePolicies. Qualifiers are read past: they are for people, and this library shows none. */
export function readCertificatePolicies(cursor: DerCursor): readonly string[] {
  const list = enter(cursor, TAG.sequence)
  if (isAtEnd(list)) throw new DerError(list.position, 'no policy')
  const policies: string[] = []
  while (!isAtEnd(list)) {
    checkCount(policies.length, list)
    const information = enter(list, TAG.sequence)
    const policy = readOid(information)
    if (policies.includes(policy)) throw new DerError(list.position, 'a policy stands twice (RFC 5280 4.2.1.4)')
    policies.push(policy)
    if (!isAtEnd(information)) checkQualifiers(information)
    finish(information)
  }
  return policies
}

/** RFC 5280 4.2.1.4: `SEQUENCE SIZE (1..MAX) OF SEQUENCE { policyQualifierId, qualifier ANY }`. */
function checkQualifiers(information: DerCursor): void {
  const qualifiers = enter(information, TAG.sequence)
  if (isAtEnd(qualifiers)) throw new DerError(qualifiers.position, 'no policy qualifier')
  while (!isAtEnd(qualifiers)) {
    const qualifier = enter(qualifiers, TAG.sequence)
    readOid(qualifier)
    checkElement(qualifier)
    finish(qualifier)
  }
}

export interface PolicyMapping {
  readonly issuerDomain: string
  readonly subjectDomain: string
}

export function readPolicyMappings(cursor: DerCursor): readonly PolicyMapping[] {
  const list = enter(cursor, TAG.sequence)
  if (isAtEnd(list)) throw new DerError(list.position, 'no mapping')
  const mappings: PolicyMapping[] = []
  while (!isAtEnd(list)) {
    checkCount(mappings.length, list)
    const mapping = enter(list, TAG.sequence)
    mappings.push({ issuerDomain: readOid(mapping), subjectDomain: readOid(mapping) })
    finish(mapping)
  }
  return mappings
}

/** Numbers of certificates that may follow before the restriction holds; null where it is not imposed. */
export interface PolicyConstraints {
  readonly requireExplicitPolicy: number | null
  readonly inhibitPolicyMapping: number | null
}

export function readPolicyConstraints(cursor: DerCursor): PolicyConstraints {
  const inner = enter(cursor, TAG.sequence)
  const skip = (tag: number): number | null => {
    const { position } = inner
    if (!readOptional(inner, tag)) return null
    inner.position = position
    return readSmallInteger(inner, tag)
  }
  const constraints = { requireExplicitPolicy: skip(0x80), inhibitPolicyMapping: skip(0x81) }
  if (constraints.requireExplicitPolicy === null && constraints.inhibitPolicyMapping === null) {
    throw new DerError(inner.position, 'neither constraint is there (RFC 5280 4.2.1.11)')
  }
  finish(inner)
  return constraints
}

/** Policies or mappings of one certificate. Real ones have under ten; the graph grows with their product along the path. */
const MAX_POLICIES = 200

function checkCount(count: number, { position }: DerCursor): void {
  if (count === MAX_POLICIES) throw new DerError(position, `more than ${MAX_POLICIES} entries`)
}
