import { type CertificateOptions, createAuthority, type Extension, extension, type Leaf } from '@clientcert/testing'
import { createBudget, DEFAULT_POLICIES } from '../../../src/path/budget.ts'
import { ANY_POLICY_INPUTS, checkPolicies, type PolicyInputs } from '../../../src/path/policies/check-policies.ts'
import { parsed } from '../verdict.ts'

export const [A, B, C] = ['1.3.6.1.4.1.55555.1', '1.3.6.1.4.1.55555.2', '1.3.6.1.4.1.55555.3'] as const
export const ANY = '2.5.29.32.0'

/** What one certificate says about policies, and whether it is self-issued. */
export type Says = Readonly<{
  policies?: readonly string[]
  maps?: readonly (readonly [issuerDomain: string, subjectDomain: string])[]
  requires?: number
  inhibitsMapping?: number
  inhibitsAny?: number
  selfIssued?: boolean
}>

function extensionsOf({ policies, maps, requires, inhibitsMapping, inhibitsAny }: Says): Extension[] {
  const limits = {
    ...(requires === undefined ? {} : { requireExplicitPolicy: requires }),
    ...(inhibitsMapping === undefined ? {} : { inhibitPolicyMapping: inhibitsMapping }),
  }
  return [
    ...(policies === undefined ? [] : [extension.certificatePolicies(policies)]),
    ...(maps === undefined
      ? []
      : [extension.policyMappings(maps.map(([issuerDomain, subjectDomain]) => ({ issuerDomain, subjectDomain })))]),
    ...(Object.keys(limits).length === 0 ? [] : [extension.policyConstraints(limits)]),
    ...(inhibitsAny === undefined ? [] : [extension.inhibitAnyPolicy(inhibitsAny)]),
  ]
}

/**
 * The verdict on a path, written from the anchor down as RFC 5280 6.1 counts it: `accepted`, or the code and the position of the certificate, where
 * 0 is the end entity.
 */
export function verdictUnder(
  { policyBudget = DEFAULT_POLICIES, ...inputs }: Partial<PolicyInputs> & { readonly policyBudget?: number },
  anchor: Says,
  ...below: readonly [Says, ...Says[]]
): string {
  const root = createAuthority({ subject: 'CA 0', extensions: extensionsOf(anchor) })
  const optionsFor = (says: Says, own: string, issuer: string): CertificateOptions => ({
    subject: says.selfIssued ? issuer : own,
    extensions: extensionsOf(says),
  })
  let [authority, name] = [root, 'CA 0']
  const path: Leaf[] = [root]
  for (const [index, says] of below.entries()) {
    const own = says.selfIssued ? name : `CA ${index + 1}`
    const options = optionsFor(says, own, name)
    if (index === below.length - 1) path.unshift(authority.issue(options))
    else {
      authority = authority.intermediate(options)
      name = own
      path.unshift(authority)
    }
  }
  const failure = checkPolicies(
    path.map(({ certificate }) => parsed(certificate)),
    { ...ANY_POLICY_INPUTS, ...inputs },
    createBudget({ signatures: 0, steps: 0, comparisons: 0, policies: policyBudget }),
  )
  return failure ? `${failure.code} at ${failure.certificate?.position}` : 'accepted'
}

/** The same, with a policy required and any of them accepted. */
export const explicit: Partial<PolicyInputs> = { requireExplicit: true }

export const accepting = (...policies: readonly string[]): Partial<PolicyInputs> => ({
  requireExplicit: true,
  accepted: new Set(policies),
})
