import { createHash } from 'node:crypto'
import { createAuthority } from '@clientcert/testing'
import '@clientcert/testing/vitest'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_CERTIFICATE_CHARACTERS } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import { authenticatorFor } from '../behind-nginx.ts'
import { unwrap } from '../encoding/unwrap.ts'
import { requestPlainly, serve } from '../serving.ts'
import { forwarded, linesOf } from './forwarded.ts'
import { outcomeOf } from './outcome.ts'

const LEAF = 'x-client-cert-leaf'
const CHAIN = 'x-client-cert-chain'
const PRESENT = 'x-client-cert-present'
const VERIFIED = 'x-client-cert-chain-verified'
const ERROR = 'x-client-cert-error'
const HASH = 'x-client-cert-hash'

const root = createAuthority('Root CA')
const intermediate = root.intermediate('Intermediate CA')
const leaf = intermediate.issue('alice')
const format = createFormat('google-cloud')

const base64 = (der: Uint8Array) => Buffer.from(der).toString('base64')
const [end, issuer] = [base64(leaf.certificate.der), base64(intermediate.certificate.der)]
const good = { [LEAF]: `:${end}:`, [PRESENT]: 'true', [VERIFIED]: 'true', [ERROR]: '' }
const bad = { [LEAF]: '', [CHAIN]: '', [PRESENT]: 'true', [VERIFIED]: 'false' }

const outcome = (headers: Readonly<Record<string, string>>) => outcomeOf(format, linesOf(headers))
const verdictOf = (headers: Readonly<Record<string, string>>) => {
  const { verdict } = unwrap(format.read(linesOf(headers)))
  return verdict && unwrap(verdict)
}
const without = (name: string, headers: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(headers).filter(([header]) => header !== name))

describe('the certificates of a Google Cloud load balancer', () => {
  test('stand in the form of RFC 9440, leaf and chain', () => {
    expect(outcome(good)).toEqual({ kind: 'certificates', base64: [end] })
    expect(outcome({ ...good, [CHAIN]: `:${issuer}:, :${base64(root.certificate.der)}:` })).toEqual({
      kind: 'certificates',
      base64: [end, issuer, base64(root.certificate.der)],
    })
  })

  test('fit their fingerprint, which is base64 of SHA-256', () => {
    const own = createHash('sha256').update(leaf.certificate.der).digest('base64')
    for (const fingerprint of [own, own.replace('=', ''), '']) {
      expect(outcome({ ...good, [HASH]: fingerprint })).toMatchObject({ base64: [end] })
    }
    const other = createHash('sha256').update(intermediate.certificate.der).digest('base64')
    for (const fingerprint of [other, own.toLowerCase(), `${own}=`, 'x']) {
      expect(outcome({ ...good, [HASH]: fingerprint })).toMatchObject({ code: 'ERR_HEADERS_MISMATCH' })
    }
  })

  test.each([
    ['bare base64', end, 'ERR_HEADERS_SYNTAX'],
    ['a list', `:${end}:, :${end}:`, 'ERR_HEADERS_SYNTAX'],
    ['a spoofed value', ':U1BPT0Y=:SPOOF', 'ERR_HEADERS_SYNTAX'],
    ['more than is looked at', `:${'A'.repeat(MAX_CERTIFICATE_CHARACTERS)}:`, 'ERR_ENCODING_TOO_LARGE'],
  ])('are refused with %s', (_, text, code) => {
    expect(outcome({ ...good, [LEAF]: text })).toMatchObject({ code })
  })

  test('are refused with issuers of nobody', () => {
    expect(outcome({ ...bad, [CHAIN]: `:${issuer}:` })).toMatchObject({ code: 'ERR_HEADERS_SYNTAX' })
  })

  test('come once: the load balancer overwrites', () => {
    const lines = new Map([...linesOf(good), [CHAIN, [`:${issuer}:`, `:${issuer}:`]]])
    expect(outcomeOf(format, lines)).toMatchObject({ code: 'ERR_EVIDENCE_DUPLICATE_HEADER' })
  })
})

describe('a client that is remembered', () => {
  test('is refused with a fingerprint that is not of the certificate, were it the chain of before', async () => {
    const from = { proxy: 'google-cloud', onlyFrom: { addresses: ['127.0.0.1'] } } as const
    const { port, last } = await serve('http', authenticatorFor({ trust: { pem: root.certificate.pem }, from }))
    const ask = async (headers: Readonly<Record<string, string>>) => {
      await requestPlainly({ port }, Object.entries(headers))
      return last().decision
    }
    const honest = { ...good, [CHAIN]: `:${issuer}:` }
    const forged = { ...good, [HASH]: `:${issuer}:` }
    expect(await ask(forged)).toBeRejectedWith('ERR_HEADERS_MISMATCH')
    expect(await ask(honest)).toBeAccepted()
    expect(await ask(forged)).toBeRejectedWith('ERR_HEADERS_MISMATCH')
    expect(await ask(honest)).toBeAccepted()
  })
})

describe('the verdict of a Google Cloud load balancer', () => {
  test('is success for a chain that it verified, whatever was too large to forward', () => {
    expect(verdictOf(good)).toEqual({ said: 'success' })
    expect(verdictOf(without(ERROR, good))).toEqual({ said: 'success' })
    const tooLarge = 'client_cert_uri_sans_exceeded_size_limit,client_cert_validated_chain_exceeded_size_limit'
    expect(verdictOf({ ...good, [ERROR]: tooLarge })).toEqual({ said: 'success' })
  })

  test('is nobody where none was present', () => {
    const nobody = { [PRESENT]: 'false', [VERIFIED]: 'false', [ERROR]: 'client_cert_not_provided' }
    expect(outcome(nobody)).toEqual({ kind: 'none' })
    expect(outcome({ ...nobody, [LEAF]: good[LEAF] })).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
  })

  test.each([
    'client_cert_validation_failed',
    'client_cert_chain_invalid_eku',
    'client_cert_chain_exceeded_limit',
    'client_cert_invalid_rsa_key_size',
    'client_cert_unsupported_elliptic_curve_key',
    'client_cert_unsupported_key_algorithm',
    'client_cert_pki_too_large',
    'client_cert_chain_max_name_constraints_exceeded',
    'client_cert_validation_timed_out',
    'client_cert_validation_search_limit_exceeded',
    'client_cert_validation_not_performed',
    'client_cert_validation_failed, client_cert_spiffe_id_exceeded_size_limit',
  ])('is a failure that our own path validation judges again: %s', (error) => {
    expect(verdictOf({ ...bad, [ERROR]: error })).toEqual({ said: 'failed', reason: 'path' })
  })

  test.each([
    '',
    'client_cert_revoked',
    'client_cert_validation_failed,client_cert_revoked',
    'CLIENT_CERT_VALIDATION_FAILED',
    'client_cert_spiffe_id_exceeded_size_limit',
  ])('is a failure that is not ours to overrule: %j', (error) => {
    expect(verdictOf({ ...bad, [ERROR]: error })).toEqual({ said: 'failed', reason: 'unseen' })
  })

  test('is no success with an error beside it', () => {
    expect(verdictOf({ ...good, [ERROR]: 'client_cert_validation_failed' })).toEqual({
      said: 'failed',
      reason: 'unseen',
    })
  })

  test('contradicts a certificate that it withholds, being invalid or too large, and names the fix', () => {
    for (const headers of [
      { ...bad, [ERROR]: 'client_cert_validation_failed' },
      { ...good, [LEAF]: '', [ERROR]: 'client_cert_validated_leaf_exceeded_size_limit' },
    ]) {
      expect(outcome(headers)).toMatchObject({
        code: 'ERR_EVIDENCE_CONTRADICTION',
        proxyHint: format.missingCertificateHint,
      })
    }
  })

  test('has to be there with a certificate, both halves of it', () => {
    expect(outcome({ [LEAF]: good[LEAF] })).toMatchObject({ code: 'ERR_EVIDENCE_CONTRADICTION' })
    expect(outcome(without(PRESENT, good))).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    expect(outcome(without(VERIFIED, good))).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
  })

  test.each(['', 'TRUE', '1', 'true, true', 'yes'])('is refused when it is no such word: %j', (word) => {
    expect(outcome({ ...good, [PRESENT]: word })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    expect(outcome({ ...good, [VERIFIED]: word })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
  })

  test('has 32 errors at most, and is refused with one more', () => {
    const errors = (count: number) => Array.from({ length: count }, () => 'client_cert_validation_failed').join()
    expect(verdictOf({ ...bad, [ERROR]: errors(32) })).toEqual({ said: 'failed', reason: 'path' })
    expect(outcome({ ...bad, [ERROR]: errors(33) })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
    expect(outcome({ ...good, [ERROR]: ','.repeat(32) })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
  })

  test('is refused where it verified what was not present', () => {
    expect(outcome({ [PRESENT]: 'false', [VERIFIED]: 'true' })).toMatchObject({ code: 'ERR_HEADERS_VERDICT' })
  })
})

describe('what a Google Cloud load balancer would write', () => {
  test('withholds a certificate that failed, and says that it failed', () => {
    const written = format.encode(forwarded(leaf, { failedFor: 'certificate has expired' }))
    expect(written).toEqual({ [PRESENT]: 'true', [VERIFIED]: 'false', [ERROR]: 'client_cert_validation_failed' })
  })

  test('is decoded to what was encoded', () => {
    const der = fc.uint8Array({ maxLength: 100 }).map((octets) => Buffer.from([0x30, octets.length, ...octets]))
    fc.assert(
      fc.property(der, fc.array(der, { maxLength: 4 }), (first, rest) => {
        const fingerprint = createHash('sha256').update(first).digest('hex')
        const lines = linesOf(format.encode(forwarded(leaf, { certificates: [first, ...rest], fingerprint })))
        expect(outcomeOf(format, lines)).toEqual({ kind: 'certificates', base64: [first, ...rest].map(base64) })
      }),
    )
  })
})

test('whatever stands in its headers, the reader does not throw, and reads a certificate that was verified or judged again', () => {
  const value = fc.oneof(
    fc.constantFrom('true', 'false', '', `:${end}:`, 'client_cert_validation_failed'),
    fc.string({ unit: 'binary', maxLength: 6 }),
  )
  fc.assert(
    fc.property(value, value, value, value, (certificate, present, verified, error) => {
      const read = outcome({ [LEAF]: certificate, [PRESENT]: present, [VERIFIED]: verified, [ERROR]: error })
      if (read.kind === 'certificates') expect(present).toBe('true')
      if (read.kind === 'none') expect(present).toBe('false')
    }),
    { numRuns: 500 },
  )
})
