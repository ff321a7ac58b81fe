import { createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import type { FailureBase } from '../../src/failure.ts'
import { splitDer } from '../../src/headers/certificate-text.ts'
import { HEADERS_FAILURES } from '../../src/headers/failures.ts'
import { decodeNginx, decodeNginxVerdict, encodeNginx } from '../../src/headers/nginx.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { failureOf } from '../encoding/unwrap.ts'
import { linesOf, refusalIn } from './forwarded.ts'

const SECRET = 'hunter2'
const header = encodeNginx(createAuthority().certificate.der)
const xfcc = (value: string) => linesOf({ 'x-forwarded-client-cert': value })

/** One way to each code; the compiler misses no row. */
const PRODUCED: Readonly<Record<keyof typeof HEADERS_FAILURES, () => FailureBase>> = {
  ERR_HEADERS_CERTIFICATE_COUNT: () => failureOf(decodeNginx(header + header)),
  ERR_HEADERS_SYNTAX: () => failureOf(splitDer(Buffer.from(SECRET), 'haproxy')),
  ERR_HEADERS_MISMATCH: () => refusalIn(createFormat('envoy'), xfcc(`Hash=${SECRET};Cert="${header}"`)),
  ERR_HEADERS_HOPS: () => refusalIn(createFormat('envoy'), xfcc(`Hash=${SECRET},Hash=${SECRET}`)),
  ERR_HEADERS_VERDICT: () => failureOf(decodeNginxVerdict(SECRET)),
}

describe('failures of the headers leg', () => {
  test.each(Object.entries(PRODUCED))('%s is produced, complete and silent about the text', (code, produce) => {
    const failure = produce()
    expect(failure).toMatchObject({ code, leg: 'headers', fault: 'proxy', certificate: null, others: [] })
    for (const text of [failure.message, failure.hint, failure.clause]) expect(text).toMatch(/\S{3}/)
    expect(Object.isFrozen(failure)).toBe(true)
    expect(JSON.stringify(failure)).not.toContain(SECRET)
    expect(JSON.stringify(failure)).not.toContain(header.slice(60, 80))
  })

  test.each(Object.entries(HEADERS_FAILURES))('%s is explained in a sentence (docs/errors.md)', (_, { meaning }) => {
    expect(meaning).toMatch(/^[A-Z].* .*\.$/)
  })

  test('are all here', () => {
    expect(Object.keys(PRODUCED).sort()).toEqual(Object.keys(HEADERS_FAILURES).sort())
  })
})
