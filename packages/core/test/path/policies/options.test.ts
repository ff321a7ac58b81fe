import { verifyCertificate } from '@clientcert/core'
import { createAuthority, extension } from '@clientcert/testing'
import '@clientcert/testing/vitest'
import { describe, expect, test } from 'vitest'
import { A, B } from './under-policies.ts'

const root = createAuthority()
const { certificatePolicies, policyMappings } = extension
const issuer = root.intermediate({
  extensions: [certificatePolicies([A]), policyMappings([{ issuerDomain: A, subjectDomain: B }])],
})
const leaf = issuer.issue({ extensions: [certificatePolicies([B])] })
const plain = root.intermediate('Plain').issue()

const decide = (client: typeof leaf, policies: object) =>
  verifyCertificate(
    { pem: client.fullChainPem },
    { trust: { pem: root.certificate.pem }, clock: () => root.at, policies },
  )

describe('the option policies (RFC 5280 6.1.1 c to g)', () => {
  test('accepted: a policy is required, and it is one of these', async () => {
    expect(await decide(leaf, { accepted: [A] })).toBeAccepted()
    expect(await decide(leaf, { accepted: [B] })).toBeRejectedWith('ERR_PATH_POLICY')
    expect(await decide(plain, { accepted: [A] })).toBeRejectedWith('ERR_PATH_POLICY')
  })

  test('accepted with anyPolicy: any, but one is required', async () => {
    expect(await decide(leaf, { accepted: ['2.5.29.32.0'] })).toBeAccepted()
    expect(await decide(plain, { accepted: ['2.5.29.32.0'] })).toBeRejectedWith('ERR_PATH_POLICY')
  })

  test('explicit', async () => {
    expect(await decide(leaf, { explicit: 'required' })).toBeAccepted()
    expect(await decide(plain, { explicit: 'required' })).toBeRejectedWith('ERR_PATH_POLICY')
    expect(await decide(plain, { accepted: [A], explicit: 'not-required' })).toBeAccepted()
  })

  test('mapping', async () => {
    expect(await decide(leaf, { accepted: [A], mapping: 'allowed' })).toBeAccepted()
    expect(await decide(leaf, { accepted: [A], mapping: 'inhibited' })).toBeRejectedWith('ERR_PATH_POLICY')
  })

  test('anyPolicy', async () => {
    const any = root.issue({ extensions: [certificatePolicies(['2.5.29.32.0'])] })
    expect(await decide(any, { accepted: [A], anyPolicy: 'allowed' })).toBeAccepted()
    expect(await decide(any, { accepted: [A], anyPolicy: 'inhibited' })).toBeRejectedWith('ERR_PATH_POLICY')
  })

  test('the refusal says what was asked for, and what the certificate asserts', async () => {
    expect(await decide(leaf, { accepted: [B] })).toMatchObject({
      failure: { code: 'ERR_PATH_POLICY', accepted: [B], present: [B], certificate: { position: 0 } },
    })
  })
})
