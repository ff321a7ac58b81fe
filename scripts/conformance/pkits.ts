/** Reads the NIST Public Key Interoperability Test Suite, version 1.0.1, turned into JSON: one object for each test of the document. */

import { dangerouslyAllowWeakAlgorithms } from '@clientcert/core'
import { type Fields, listOf, readJson } from './read-json.ts'
import { type Case, POOL, STRICT } from './suite.ts'

/** PKITS is about paths, not about what they are for, and restricts no certificate to a purpose: anyExtendedKeyUsage. */
const ANY_PURPOSE = '2.5.29.37.0'

export function readPkits(path: string): readonly Case[] {
  return listOf(readJson(path), path).map(readCase)
}

function readCase(test: Fields): Case {
  const id = test.text('id')
  const inputs = test.fields('policyInputs')
  const [target = '', ...others] = test.texts('certs')
  const at = new Date(test.text('validationTime'))
  return {
    suite: 'pkits',
    id,
    namespace: test.text('section'),
    profile: 'required',
    expected: test.flag('expected') ? 'accept' : 'reject',
    about: test.text('name'),
    question: {
      input: { der: decode(target), presented: others.map(decode) },
      options: {
        trust: { pem: pemOf(test.text('trustAnchor')), partialChain: true },
        clock: () => at,
        limits: POOL,
        policies: {
          accepted: inputs.texts('initialPolicySet'),
          explicit: inputs.flag('initialExplicitPolicy') ? 'required' : 'not-required',
          mapping: inputs.flag('initialPolicyMappingInhibit') ? 'inhibited' : 'allowed',
          anyPolicy: inputs.flag('initialAnyPolicyInhibit') ? 'inhibited' : 'allowed',
        },
        revocation: { ...STRICT, crls: test.texts('crls').map((crl) => ({ der: decode(crl) })) },
        // The suite is of 2011 and has a branch of DSA certificates, signed over SHA-1.
        [dangerouslyAllowWeakAlgorithms]: ['DSA', 'SHA-1'],
      },
      purposes: [ANY_PURPOSE],
    },
  }
}

const decode = (base64: string): Uint8Array => new Uint8Array(Buffer.from(base64, 'base64'))

const pemOf = (base64: string) => `-----BEGIN CERTIFICATE-----\n${base64}\n-----END CERTIFICATE-----\n`
