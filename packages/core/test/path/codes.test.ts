/** Every code of this leg is produced by a certificate that was minted for it: one that nothing produces would be a promise. */
import { broken, createAuthority, extension } from '@clientcert/testing'
import { expect, test } from 'vitest'
import { PATH_FAILURES, type PathEvidence } from '../../src/path/failures.ts'
import { type Chain, chainOf, refusalOf, type Shown, storeOf } from './verdict.ts'

const root = createAuthority()
const store = storeOf([root])
const other = createAuthority('Other')

const refusalOfChain = (chain: Chain) => {
  const { root: anchor, leaf } = chainOf(chain)
  return refusalOf(leaf, storeOf([anchor]))
}
const alone = (leaf: ReturnType<typeof root.issue>): Shown => ({ leaf, presented: [] })

const PRODUCED: { readonly [Code in keyof PathEvidence]: () => ReturnType<typeof refusalOf> } = {
  ERR_PATH_EXPIRED: () => refusalOf(broken.expired(root), store),
  ERR_PATH_NOT_YET_VALID: () => refusalOf(broken.notYetValid(root), store),
  ERR_PATH_NOT_A_CA: () => refusalOf(broken.notAnAuthority(root).issue(), store),
  ERR_PATH_LENGTH: () => refusalOf(broken.pathTooLong(root), store),
  ERR_PATH_KEY_USAGE: () => refusalOf(broken.withoutCertSign(root).issue(), store),
  ERR_PATH_EXTENDED_KEY_USAGE: () => refusalOf(broken.wrongEku(root), store),
  ERR_PATH_CRITICAL_EXTENSION: () => refusalOf(broken.unknownCriticalExtension(root), store),
  ERR_PATH_NAME_CONSTRAINT: () =>
    refusalOfChain({ root: { extensions: [extension.nameConstraints({ permitted: { directoryName: 'Nobody' } })] } }),
  ERR_PATH_MISPLACED_CONSTRAINT: () =>
    refusalOfChain({ leaf: { extensions: [extension.nameConstraints({ permitted: { dns: 'example' } })] } }),
  ERR_PATH_POLICY: () =>
    refusalOfChain({ intermediate: { extensions: [extension.policyConstraints({ requireExplicitPolicy: 0 })] } }),
  ERR_PATH_POLICY_MAPPING: () =>
    refusalOfChain({
      intermediate: {
        extensions: [extension.policyMappings([{ issuerDomain: '2.5.29.32.0', subjectDomain: '1.2.3' }])],
      },
    }),
  ERR_PATH_TOO_LONG: () => refusalOf(root.intermediate().issue(), store, { maxIntermediates: 0 }),
  ERR_PATH_TOO_MANY_CERTIFICATES: () => refusalOf(root.intermediate().issue(), store, { maxPresented: 0 }),
  ERR_PATH_BUDGET: () => refusalOf(root.issue(), store, { signatureCost: 1 }),
  ERR_PATH_ISSUER_MISSING: () => refusalOf(alone(other.issue()), store),
  ERR_PATH_SELF_SIGNED: () => refusalOf(broken.selfSigned(), store),
  ERR_PATH_NO_ANCHOR: () => refusalOf({ leaf: other.issue(), presented: [other.certificate] }, store),
}

test.each(Object.entries(PRODUCED))(
  '%s is produced, and says which certificate, which rule and what to do',
  (code, refuse) => {
    const failure = refuse()
    expect(failure.code).toBe(code)
    expect(failure).toMatchObject({ leg: 'path', certificate: { subject: expect.stringContaining('CN=') as string } })
    const { fault, clause, hint } = PATH_FAILURES[code as keyof PathEvidence]
    expect(failure).toMatchObject({ fault, clause, hint })
    expect(failure.message).not.toMatch(/undefined|\[object|NaN/)
    expect(JSON.stringify(failure)).not.toMatch(/BEGIN|"der"/)
    expect(Object.isFrozen(failure)).toBe(true)
  },
)

test('no code of the leg is left out', () => {
  expect(Object.keys(PRODUCED).sort()).toEqual(Object.keys(PATH_FAILURES).sort())
})
