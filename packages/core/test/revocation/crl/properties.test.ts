/** Arbitrary octets for a CRL: read or refused, and whatever is read is asked without a try of its own. */
import { broken, createAuthority, crlSigner, encodeCrlEntries, mintCrl } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { crlAnswer } from '../../../src/revocation/crl/crl-status.ts'
import { crlSnapshot, readCrls } from '../../../src/revocation/crl/loaded-crl.ts'
import { atOnce } from '../../../src/slices.ts'
import { nameToString } from '../../../src/x509/name.ts'
import { NOW } from '../../path/verdict.ts'
import { mutate, mutation, octet } from '../../x509/mutations.ts'
import { certificateOf } from './crls.ts'

const root = createAuthority({ key: 'ed25519' })
const leaf = root.issue({
  crlDistributionPoints: [
    'http://crl.example/a',
    { relativeName: { CN: 'CRL 1' }, reasons: ['keyCompromise'] },
    { crlIssuer: { directoryName: 'CRL Issuer' } },
  ],
})
const asked = certificateOf(leaf)
const signer = crlSigner(root, { subject: 'CRL Issuer' })

/** Between them they have every field and every extension that is read. */
const GOOD = [
  mintCrl(root),
  mintCrl(root, { version: 1, entries: [leaf] }),
  mintCrl(root, {
    entries: [
      { certificate: leaf.certificate, reason: 'superseded' },
      encodeCrlEntries([1, 2, 3], { revokedAt: root.at }),
      { serialNumber: 5n, reason: 'certificateHold', invalidityDate: root.at },
    ],
    issuingDistributionPoint: { relativeName: { CN: 'CRL 1' }, onlySomeReasons: ['keyCompromise'] },
    freshestCrl: ['http://crl.example/delta'],
  }),
  mintCrl(root, { number: 2, baseCrlNumber: 1, entries: [{ certificate: leaf.certificate, reason: 'removeFromCRL' }] }),
  mintCrl(signer, {
    issuingDistributionPoint: { indirect: true, fullName: { directoryName: 'CRL Issuer' } },
    entries: [{ certificate: leaf.certificate, certificateIssuer: 'Root CA' }, { serialNumber: 6n }],
  }),
  broken.unknownCriticalEntryExtension(root),
].map(({ der }) => der)

/** @returns Whether the octets were read. */
async function readAndAsk(octets: Uint8Array): Promise<boolean> {
  const crls = atOnce(readCrls(octets, 'a.crl'))
  if (!crls.ok) {
    expect(crls.failure).toMatch(/^a\.crl/)
    return false
  }
  for (const { list, index } of crls.value) {
    expect(typeof nameToString(list.issuer)).toBe('string')
    expect(Number.isFinite(list.thisUpdate) && index.entries >= 0).toBe(true)
  }
  const verifySigner = () => Promise.resolve({ ok: true, signerKey: new Uint8Array(), status: 'good' } as const)
  const answer = await crlAnswer({ certificate: asked, at: NOW, skewMs: 0, verifySigner }, crlSnapshot(crls.value))
  expect([undefined, 'good', 'revoked', 'none']).toContain(answer?.kind)
  return true
}

describe('whatever is published for a CRL', () => {
  test('is read or refused, never thrown: arbitrary octets', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(octet, { maxLength: 300 }), async (octets) => {
        await readAndAsk(Uint8Array.from(octets))
        await readAndAsk(Uint8Array.from([0x30, ...octets]))
      }),
      { numRuns: 1_500 },
    )
  })

  test('is read or refused, never thrown: good CRLs after up to three changes', async () => {
    let accepted = 0
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...GOOD),
        fc.array(mutation, { minLength: 1, maxLength: 3 }),
        async (good, changes) => {
          if (await readAndAsk(changes.reduce(mutate, good))) accepted++
        },
      ),
      { numRuns: 5_000 },
    )
    expect(accepted).toBeGreaterThan(100)
  })

  test('is read or refused, never thrown: every octet of a good CRL set to what confuses parsers', async () => {
    for (const good of GOOD) {
      for (let at = 0; at < good.length; at++) {
        for (const confusing of [0x00, 0x01, 0x1f, 0x30, 0x7f, 0x80, 0x84, 0xff]) {
          await readAndAsk(good.with(at, confusing))
        }
      }
    }
  })

  test('is refused at every length short of the whole', async () => {
    for (const good of GOOD) {
      expect(await readAndAsk(good)).toBe(true)
      for (let length = 0; length < good.length; length++) expect(await readAndAsk(good.slice(0, length))).toBe(false)
    }
  })
})
