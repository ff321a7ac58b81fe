/** The verdicts on chains with CRLs, compared with those of `openssl verify -crl_check_all`, which none of us wrote. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import {
  broken,
  type CrlOptions,
  createAuthority,
  crlSigner,
  type Leaf,
  type MintedCrl,
  mintCrl,
} from '@clientcert/testing'
import { afterAll, expect, type TestContext, test } from 'vitest'
import { openssl } from '../../../../testing/test/openssl.ts'
import { verifyCertificate } from '../../../src/index.ts'

const root = createAuthority('Clients CA')
const issuing = root.intermediate('Issuing CA')
const signer = crlSigner(issuing, { subject: issuing.name })
const leaf = issuing.issue()
const published = issuing.issue({
  crlDistributionPoints: [
    { fullName: { uri: 'http://crl.example/a' } },
    { crlIssuer: { directoryName: 'CRL Issuer' }, fullName: { uri: 'http://crl.example/i' } },
  ],
})
const indirect = crlSigner(root, { subject: 'CRL Issuer' })

const folder = mkdtempSync(join(tmpdir(), 'clientcert-crl-'))
afterAll(() => rmSync(folder, { recursive: true }))

const hours = (count: number) => new Date(root.at.getTime() + count * 3_600_000)
const ofRoot = mintCrl(root)
const own = (options: CrlOptions = {}) => mintCrl(issuing, options)
const revoking = (options: CrlOptions = {}) => own({ entries: [leaf], ...options })
const idp = (issuingDistributionPoint: CrlOptions['issuingDistributionPoint'], client = leaf) =>
  revoking({ issuingDistributionPoint: issuingDistributionPoint ?? null, entries: [client] })

type Setting = Readonly<{ crls: readonly MintedCrl[]; client?: Leaf; others?: readonly Leaf[] }>

const CASES: Readonly<Record<string, Setting>> = {
  'good ones': { crls: [ofRoot, own()] },
  'good ones of version 1': { crls: [mintCrl(root, { version: 1 }), own({ version: 1 })] },
  'one that revokes the client': { crls: [ofRoot, revoking()] },
  'one that revokes the authority': { crls: [mintCrl(root, { entries: [issuing] }), own()] },
  'one that revokes another': { crls: [ofRoot, own({ entries: [{ serialNumber: 1n }] })] },
  'a client on hold': {
    crls: [ofRoot, own({ entries: [{ certificate: leaf.certificate, reason: 'certificateHold' }] })],
  },
  'a client taken from the list': {
    crls: [ofRoot, own({ entries: [{ certificate: leaf.certificate, reason: 'removeFromCRL' }] })],
  },
  'none of the authority': { crls: [ofRoot] },
  'none of the root': { crls: [own()] },
  'one out of date': { crls: [ofRoot, own({ nextUpdate: hours(-1) })] },
  'one of the future': { crls: [ofRoot, own({ thisUpdate: hours(1) })] },
  'a forged one': { crls: [ofRoot, broken.forgedCrl(own())] },
  'one of a stranger of the same name': { crls: [ofRoot, mintCrl(createAuthority({ subject: 'Issuing CA' }))] },
  'one with an unknown critical extension': { crls: [ofRoot, broken.unknownCriticalCrlExtension(issuing)] },
  'one with an unknown critical extension of an entry': {
    crls: [ofRoot, broken.unknownCriticalEntryExtension(issuing)],
  },
  'one for clients only': { crls: [ofRoot, idp({ onlyContains: ['user-certificates'] })] },
  'one for authorities only': { crls: [ofRoot, idp({ onlyContains: ['authority-certificates'] })] },
  'one for attributes only': { crls: [ofRoot, idp({ onlyContains: ['attribute-certificates'] })] },
  'one of a point that the client does not have': {
    crls: [ofRoot, idp({ fullName: { uri: 'http://crl.example/a' } })],
  },
  'one of a point that the client has': {
    crls: [ofRoot, idp({ fullName: { uri: 'http://crl.example/a' } }, published)],
    client: published,
  },
  'one of another point': {
    crls: [ofRoot, idp({ fullName: { uri: 'http://crl.example/b' } }, published)],
    client: published,
  },
  'a newer one that says the same': { crls: [ofRoot, own({ thisUpdate: hours(-5) }), revoking({ number: 2 })] },
  'one by the order of their dates: the older revokes': {
    crls: [ofRoot, revoking({ thisUpdate: hours(-5) }), own({ thisUpdate: hours(-1), number: 2 })],
  },
  'one of a separate signer': { crls: [ofRoot, mintCrl(signer)], others: [signer] },
  'one of a separate signer that revokes': { crls: [ofRoot, mintCrl(signer, { entries: [leaf] })], others: [signer] },
  'one of a separate signer that its authority has revoked': {
    crls: [ofRoot, mintCrl(signer), own({ entries: [signer], thisUpdate: hours(-5) })],
    others: [signer],
  },
  'an indirect one that revokes': {
    crls: [
      ofRoot,
      mintCrl(indirect, {
        issuingDistributionPoint: { indirect: true, fullName: { uri: 'http://crl.example/i' } },
        entries: [{ certificate: published.certificate, certificateIssuer: issuing.name }],
      }),
    ],
    client: published,
    others: [indirect],
  },
  'an indirect one that revokes the same number of another issuer': {
    crls: [
      ofRoot,
      mintCrl(indirect, {
        issuingDistributionPoint: { indirect: true, fullName: { uri: 'http://crl.example/i' } },
        entries: [{ certificate: published.certificate, certificateIssuer: 'Somebody' }],
      }),
    ],
    client: published,
    others: [indirect],
  },
  'one for some reasons': { crls: [ofRoot, own({ issuingDistributionPoint: { onlySomeReasons: ['keyCompromise'] } })] },
  'two for all reasons': {
    crls: [
      ofRoot,
      own({ issuingDistributionPoint: { onlySomeReasons: ['keyCompromise', 'superseded'] } }),
      own({
        issuingDistributionPoint: {
          onlySomeReasons: [
            'cACompromise',
            'affiliationChanged',
            'cessationOfOperation',
            'certificateHold',
            'privilegeWithdrawn',
            'aACompromise',
          ],
        },
      }),
    ],
  },
  'a delta that revokes': {
    crls: [ofRoot, own({ thisUpdate: hours(-5), freshestCrl: ['u:d'] }), revoking({ number: 2, baseCrlNumber: 1 })],
  },
  'a delta that lifts a hold': {
    crls: [
      ofRoot,
      own({
        thisUpdate: hours(-5),
        freshestCrl: ['u:d'],
        entries: [{ certificate: leaf.certificate, reason: 'certificateHold' }],
      }),
      own({ number: 2, baseCrlNumber: 1, entries: [{ certificate: leaf.certificate, reason: 'removeFromCRL' }] }),
    ],
  },
}

/** Where openssl decides otherwise, and why that is right; a difference that is gone fails. */
const ARGUED: Readonly<Record<string, string>> = {
  'one of a separate signer':
    'Only its own list could say whether the signer is revoked, and openssl does not ask in a circle. Who keeps a key for CRLs alone publishes nothing else, ' +
    'so its word is taken here, until a list of its authority speaks of it (RFC 5280 6.3.3 f leaves it open).',
}

async function ours({ crls, client = leaf, others = [] }: Setting): Promise<string> {
  const decision = await verifyCertificate(
    { der: client.certificate.der, presented: [issuing, ...others].map(({ certificate }) => certificate.der) },
    {
      trust: { pem: root.certificate.pem },
      clock: () => root.at,
      revocation: { mode: 'strict', clockSkewSeconds: 0, crls: crls.map(({ der }) => ({ der })) },
    },
  )
  return decision.outcome === 'rejected' ? `rejected: ${decision.failure.code}` : decision.outcome
}

function theirs(context: TestContext, { crls, client = leaf, others = [] }: Setting): string {
  const write = (name: string, text: string) => {
    const path = join(folder, name)
    writeFileSync(path, text)
    return path
  }
  const output = openssl(context, [
    'verify',
    ...['-crl_check_all', '-extended_crl', '-use_deltas', '-attime', String(root.at.getTime() / 1000)],
    ...['-CAfile', write('root.pem', root.certificate.pem)],
    ...['-untrusted', write('others.pem', [issuing, ...others].map(({ certificate }) => certificate.pem).join(''))],
    ...['-CRLfile', write('crls.pem', crls.map(({ pem }) => pem).join(''))],
    write('client.pem', client.certificate.pem),
  ])
  return /error \d+ at \d+ depth lookup: (.*)/.exec(output)?.[1] ?? (/: OK\n/.test(output) ? 'OK' : output)
}

test('an argument is about a case', () => {
  for (const name of Object.keys(ARGUED)) expect(CASES).toHaveProperty([name])
})

test.for(Object.entries(CASES))('%s: as openssl', async ([name, setting], context) => {
  const [here, there] = [await ours(setting), theirs(context, setting)]
  const isSame = (here === 'accepted') === (there === 'OK')
  expect(isSame, `${here} here, ${there} there`).toBe(ARGUED[name] === undefined)
})
