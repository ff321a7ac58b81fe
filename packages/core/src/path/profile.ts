/** Which rules a certificate must satisfy in which role, as a table. The order is that of cost, and of what helps the reader most. */
import type { SignaturesFailure } from '../signatures/failures.ts'
import type { Placed } from '../signatures/verify-signature.ts'
import { checkKey, checkSignatureAlgorithm } from './checks/algorithms.ts'
import { checkIsCa, checkPathLength } from './checks/basic-constraints.ts'
import type { Check, CheckContext } from './checks/check.ts'
import { checkPurpose } from './checks/extended-key-usage.ts'
import { checkCriticalExtensions, checkPlacement } from './checks/extensions.ts'
import { checkCertSign, checkClientUsage, checkCrlSign } from './checks/key-usage.ts'
import { checkValidity } from './checks/validity.ts'
import type { PathFailure } from './failures.ts'

/** An anchor is an issuer too: its own validity and constraints are enforced (RFC 5937), which RFC 5280 6.1 leaves open. */
export type Role = 'end-entity' | 'issuer' | 'crl-issuer'

export const PROFILE: Readonly<Record<Role, readonly Check[]>> = {
  'end-entity': [
    checkValidity,
    checkPurpose,
    checkClientUsage,
    checkPlacement,
    checkCriticalExtensions,
    checkSignatureAlgorithm,
    checkKey,
  ],
  'crl-issuer': [checkValidity, checkCrlSign, checkCriticalExtensions, checkSignatureAlgorithm, checkKey],
  issuer: [checkValidity, checkIsCa, checkPathLength, checkCertSign, checkPurpose, checkCriticalExtensions, checkKey],
}

/** The first rule of the role that the certificate breaks. */
export function checkProfile(
  role: Role,
  placed: Placed,
  context: CheckContext,
): PathFailure | SignaturesFailure | undefined {
  for (const check of PROFILE[role]) {
    const failure = check(placed, context)
    if (failure) return failure
  }
  return undefined
}
