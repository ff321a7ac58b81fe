import { broken, der } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { X509_FAILURES, type X509Failure } from '../../src/x509/failures.ts'
import { parsePresented } from '../../src/x509/parse-presented.ts'
import { refusal, root } from './minted.ts'

const subject = 'secret-subject'
const leaf = root.issue({ subject })

const tooMany = (presented: readonly [Uint8Array, ...Uint8Array[]]): X509Failure => {
  const parsed = parsePresented(presented, {
    maxCertificateBytes: 65_536,
    maxPresentedBytes: leaf.certificate.der.length,
  })
  if (parsed.ok) throw new Error('parsed')
  return parsed.failure
}

/** One way to each code; the compiler misses no row. */
const PRODUCED: Readonly<Record<keyof typeof X509_FAILURES, () => X509Failure>> = {
  ERR_X509_MALFORMED: () => refusal(broken.trailingBytes(leaf)),
  ERR_X509_TOO_LARGE: () => refusal(leaf, { maxBytes: 100 }),
  ERR_X509_TOO_MANY_BYTES: () => tooMany([leaf.certificate.der, leaf.certificate.der]),
  ERR_X509_VERSION: () => refusal(root.issue({ subject, version: 4 })),
  ERR_X509_EMPTY_ISSUER: () => refusal(root.issue({ subject, issuerName: {} })),
  ERR_X509_ALGORITHM_MISMATCH: () => refusal(broken.algorithmMismatch(root, { subject })),
  ERR_X509_EXTENSION_DUPLICATE: () => refusal(broken.duplicateExtension(root, { subject })),
  ERR_X509_EXTENSION_MALFORMED: () =>
    refusal(root.issue({ subject, extensions: [{ oid: '2.5.29.15', value: der.nullValue() }] })),
}

describe('failures of the x509 leg', () => {
  test.each(Object.entries(PRODUCED))(
    '%s is produced, complete and silent about what could not be read, or was not',
    (code, produce) => {
      const failure = produce()
      expect(failure).toMatchObject({ code, leg: 'x509', fault: 'client', others: [] })
      if (code !== 'ERR_X509_TOO_MANY_BYTES') {
        expect(failure.certificate).toMatchObject({ position: 0, subject: '(unreadable)', serial: '' })
        expect(JSON.stringify(failure)).not.toContain(subject)
      }
      expect(failure.certificate?.fingerprint).toMatch(/^[0-9a-f]{64}$/)
      for (const text of [failure.message, failure.hint, failure.clause]) expect(text).toMatch(/\S{3}/)
      expect(Object.isFrozen(failure)).toBe(true)
    },
  )

  test('are all here', () => {
    expect(Object.keys(PRODUCED).sort()).toEqual(Object.keys(X509_FAILURES).sort())
  })
})
