import { describe, expect, test } from 'vitest'
import { decodeBase64 } from '../../src/encoding/base64.ts'
import { ENCODING_FAILURES } from '../../src/encoding/failures.ts'
import { decodePem } from '../../src/encoding/pem.ts'
import { decodePercent } from '../../src/encoding/percent.ts'
import type { FailureBase } from '../../src/failure.ts'
import { failureOf } from './unwrap.ts'

const SECRET = 'c2VjcmV0'

/** One way to each code; the compiler misses no row. */
const PRODUCED: Readonly<Record<keyof typeof ENCODING_FAILURES, () => FailureBase>> = {
  ERR_ENCODING_BASE64: () => failureOf(decodeBase64(`${SECRET}!`)),
  ERR_ENCODING_PERCENT: () => failureOf(decodePercent(`${SECRET}%`)),
  ERR_ENCODING_PEM: () => failureOf(decodePem(SECRET, { maxBlocks: 1, explanatoryText: 'refuse' })),
  ERR_ENCODING_TOO_LARGE: () => {
    const block = `-----BEGIN CERTIFICATE-----\n${SECRET}\n-----END CERTIFICATE-----\n`
    return failureOf(decodePem(block.repeat(2), { maxBlocks: 1, explanatoryText: 'refuse' }))
  },
}

describe('failures of the encoding leg', () => {
  test.each(Object.entries(PRODUCED))('%s is produced, complete and silent about the text', (code, produce) => {
    const failure = produce()
    expect(failure).toMatchObject({ code, leg: 'encoding', certificate: null, others: [] })
    expect(ENCODING_FAILURES).toHaveProperty(code)
    for (const text of [failure.message, failure.hint, failure.clause]) expect(text).toMatch(/\S{3}/)
    expect(Object.isFrozen(failure)).toBe(true)
    expect(JSON.stringify(failure)).not.toContain(SECRET)
  })

  test('are all here', () => {
    expect(Object.keys(PRODUCED).sort()).toEqual(Object.keys(ENCODING_FAILURES).sort())
  })
})
