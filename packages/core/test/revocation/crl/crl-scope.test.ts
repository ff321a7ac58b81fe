import { createAuthority, mintCrl } from '@clientcert/testing'
import { expect, test } from 'vitest'
import { pointsOf, reasonsWithin } from '../../../src/revocation/crl/crl-scope.ts'
import { parseCertificate } from '../../../src/x509/certificate.ts'
import { parseCrl } from '../../../src/x509/crl.ts'

const root = createAuthority('Names CA')

/** What a CRL with 64 names covers of a certificate with so many points, and how long it takes to find out, in milliseconds. */
function compare(theirs: (point: number, name: number) => string, names: number, points = 55) {
  const list = Array.from({ length: 64 }, (_, index) => ({ directoryName: { CN: `a${index}` } }))
  const crl = parseCrl(mintCrl(root, { issuingDistributionPoint: { fullName: list } }).der)
  const leaf = root.issue({
    crlDistributionPoints: Array.from({ length: points }, (_, point) => ({
      fullName: Array.from({ length: names }, (_, name) => ({ directoryName: { CN: theirs(point, name) } })),
    })),
  })
  const certificate = parseCertificate(leaf.certificate.der)
  if (!crl.ok || !certificate.ok) throw new Error('not minted well')
  const since = performance.now()
  const covered = pointsOf(certificate.value).map((point) => reasonsWithin(crl.value, point, certificate.value))
  return { covered: covered.filter((reasons) => reasons !== 0).length, took: performance.now() - since }
}

test('names are found in whichever case they are written', () => {
  expect(compare((point) => (point === 7 ? 'A63' : 'b'), 1).covered).toBe(1)
})

test('a certificate of 55 points with 64 names each is compared with a CRL of 64 names in little time', () => {
  const { covered, took } = compare(() => 'b', 64)
  expect(covered).toBe(0)
  expect(took).toBeLessThan(100) // 5 on a quiet machine; 250 when each was compared with each.
})
