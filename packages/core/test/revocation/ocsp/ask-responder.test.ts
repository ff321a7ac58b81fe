import { answerOcspRequest, createAuthority, type OcspResponder } from '@clientcert/testing'
import { OCSPRequest } from 'pkijs'
import { beforeEach, describe, expect, test } from 'vitest'
import { ok, refused } from '../../../src/result.ts'
import type { Kept, Resource, Resources } from '../../../src/revocation/cache/resource.ts'
import type { Fetch, FetchRequest } from '../../../src/revocation/fetch/fetched.ts'
import { askResponder, ocspResource, type Responder } from '../../../src/revocation/ocsp/ask-responder.ts'
import type { OcspQuestion } from '../../../src/revocation/ocsp/ocsp-question.ts'
import { NOW } from '../../path/verdict.ts'
import { after, leaf, options, question, questionOf, root } from './asked.ts'

const URL_OF_RESPONDER = 'http://ocsp.example'
const BY_POST: Responder = { url: URL_OF_RESPONDER, method: 'post', nonce: 'send', certId: 'sha1', maxBytes: 65_536 }
const BY_GET: Responder = { ...BY_POST, method: 'get' }
const { statusOfResponder } = options

/** What was sent, and who answers it: `testing`'s responder, without a network between. */
let sent: FetchRequest[] = []
let responder: OcspResponder = { issuer: root }
beforeEach(() => {
  sent = []
  responder = { issuer: root }
})

const requestIn = ({ url, body }: FetchRequest): Uint8Array =>
  body?.octets ?? Buffer.from(decodeURIComponent(url.slice(URL_OF_RESPONDER.length + 1)), 'base64')

const fetch: Fetch = (request) => {
  sent.push(request)
  const octets = answerOcspRequest(requestIn(request), responder)
  return Promise.resolve(ok({ octets, fetchedAt: NOW, freshForMs: null }))
}

const unreachable: Fetch = () => Promise.resolve(refused({ because: 'unreachable', detail: 'connection refused' }))

/** Fetches whenever asked, and falls back on what was kept: the contract, without its clocks. */
function resourcesOf(): Resources {
  const memory = new Map<string, Kept<unknown>>()
  return {
    async obtain<Content>(resource: Resource<Content>) {
      const known = (memory.get(resource.key) as Kept<Content> | undefined) ?? null
      const fetched = await resource.fetch()
      const read = fetched.ok ? await resource.read(fetched.value.octets, 'network', NOW) : fetched
      if (!read.ok) return { kept: known, problem: read.failure }
      memory.set(resource.key, read.value)
      return { kept: read.value, problem: null }
    },
    held: () => null,
    size: () => ({ entries: memory.size, bytes: 0 }),
    close: () => undefined,
  }
}

const ask = (settings: Responder, asked: OcspQuestion = question, by: Fetch = fetch, resources = resourcesOf()) =>
  askResponder(asked, settings, { fetch: by, resources, statusOfResponder })

const nonceIn = (request: FetchRequest | undefined): string | undefined => {
  if (!request) throw new Error('nothing was sent')
  const { requestExtensions } = OCSPRequest.fromBER(requestIn(request).slice()).tbsRequest
  const octets = requestExtensions?.[0]?.extnValue.valueBlock.valueHexView
  return octets && Buffer.from(octets).toString('hex')
}

describe('a responder is asked', () => {
  test('by POST, with the types of RFC 6960 A.1 and a nonce of 32 octets (RFC 9654 2.1)', async () => {
    expect(await ask(BY_POST)).toMatchObject({ kind: 'good', source: { kind: 'ocsp', origin: question.origin } })
    expect(sent).toMatchObject([
      {
        url: URL_OF_RESPONDER,
        accept: 'application/ocsp-response',
        maxBytes: 65_536,
        body: { type: 'application/ocsp-request' },
      },
    ])
    expect(nonceIn(sent[0])).toMatch(/^0420[0-9a-f]{64}$/)
  })

  test('with another nonce each time, or with none', async () => {
    await ask(BY_POST)
    await ask(BY_POST)
    expect(nonceIn(sent[0])).not.toBe(nonceIn(sent[1]))
    expect(await ask({ ...BY_POST, nonce: 'omit' })).toMatchObject({ kind: 'good' })
    expect(nonceIn(sent[2])).toBeUndefined()
  })

  test('by GET in the URL, without a nonce whatever is configured: a cache would never have the answer', async () => {
    expect(await ask(BY_GET)).toMatchObject({ kind: 'good' })
    expect(sent[0]).toMatchObject({ accept: 'application/ocsp-response', maxBytes: 65_536 })
    expect(sent[0]?.url).toMatch(/^http:\/\/ocsp\.example\/M[\w%]+$/)
    expect(sent[0]).not.toHaveProperty('body')
    expect(nonceIn(sent[0])).toBeUndefined()
  })

  test('by POST all the same where the URL would be too long (RFC 5019 section 5)', async () => {
    const url = `${URL_OF_RESPONDER}/${'p'.repeat(200)}`
    expect(await ask({ ...BY_GET, url })).toMatchObject({ kind: 'good' })
    expect(sent[0]).toMatchObject({ url, body: { type: 'application/ocsp-request' } })
    expect(nonceIn(sent[0])).toBeUndefined()
  })

  test.each(['sha1', 'sha256'] as const)('by a CertID of %s', async (certId) => {
    expect(await ask({ ...BY_POST, certId })).toMatchObject({ kind: 'good' })
    const [asked] = OCSPRequest.fromBER((sent[0]?.body?.octets ?? new Uint8Array()).slice()).tbsRequest.requestList
    expect(asked?.reqCert.issuerKeyHash.valueBlock.valueHexView).toHaveLength(certId === 'sha1' ? 20 : 32)
  })
})

describe('what comes back', () => {
  test('is refused where it answers the request of somebody else (RFC 9654)', async () => {
    responder = { issuer: root, nonce: new Uint8Array(32) }
    expect(await ask(BY_POST)).toMatchObject({ kind: 'none', because: 'wrong-nonce' })
    expect(await ask({ ...BY_POST, nonce: 'omit' })).toMatchObject({ kind: 'good' })
  })

  test('need not have the nonce (RFC 5019 section 4)', async () => {
    responder = { issuer: root, nonce: 'omit' }
    expect(await ask(BY_POST)).toMatchObject({ kind: 'good' })
  })

  test('revokes', async () => {
    responder = { issuer: root, statusOf: () => ({ reason: 'superseded' }) }
    expect(await ask(BY_POST)).toMatchObject({ kind: 'revoked', reason: 'superseded' })
  })

  test('is nothing where nobody answers, and why is told', async () => {
    expect(await ask(BY_POST, question, unreachable)).toEqual({
      kind: 'none',
      source: { kind: 'ocsp', origin: question.origin },
      because: 'unreachable',
      detail: 'connection refused',
    })
  })

  test('is nothing where the responder is of another authority', async () => {
    responder = { issuer: createAuthority('Other CA') }
    expect(await ask(BY_POST)).toMatchObject({ because: 'responder-error', detail: 'it says unauthorized' })
  })
})

describe('what is kept', () => {
  test('means at another instant what it means then: good ends, revoked does not', async () => {
    for (const [status, expected] of [
      ['good', { kind: 'none', because: 'stale' }],
      ['unknown', { kind: 'none', because: 'stale' }],
      [{ reason: 'certificateHold' }, { kind: 'none', because: 'stale' }],
      ['revoked', { kind: 'revoked' }],
    ] as const) {
      responder = { issuer: root, statusOf: () => status, nextUpdate: after(3_600) }
      const resources = resourcesOf()
      await ask(BY_POST, question, fetch, resources)
      const early = await ask(BY_POST, { ...question, at: NOW + 3_600_000 }, unreachable, resources)
      expect(early.kind).toBe(typeof status === 'string' ? status : 'revoked')
      const late = await ask(BY_POST, { ...question, at: NOW + 3_661_000 }, unreachable, resources)
      expect(late).toMatchObject(expected)
      if (late.kind === 'none') expect(late.detail).toContain('nothing newer: unreachable (connection refused)')
    }
  })

  test('is known to the cache by its times, and small', async () => {
    const signer = root.issue({ eku: ['OCSPSigning'], notAfter: after(600), extensions: [] })
    for (const [by, freshUntil] of [
      [root, NOW + 3_600_000],
      [signer, NOW + 600_999],
    ] as const) {
      responder = { issuer: root, signer: by, nextUpdate: after(3_600) }
      const resource = ocspResource(question, BY_POST, { fetch, statusOfResponder: () => Promise.resolve('good') })
      const fetched = await resource.fetch()
      if (!fetched.ok) throw new Error(fetched.failure.detail)
      expect(await resource.read(fetched.value.octets, 'network', NOW)).toMatchObject({
        ok: true,
        value: { asOf: NOW, freshUntil, bytes: 380, mayRevoke: false },
      })
    }
  })

  test('is not a good answer whose signer nobody vouches for; one that revokes is', async () => {
    const unknowing = { fetch, statusOfResponder: () => Promise.resolve('unknown' as const) }
    const read = async (status: 'good' | 'revoked' | 'unknown') => {
      const signer = root.issue({ eku: ['OCSPSigning'] })
      responder = { issuer: root, signer, statusOf: () => status }
      const resource = ocspResource(question, BY_POST, unknowing)
      const fetched = await resource.fetch()
      if (!fetched.ok) throw new Error(fetched.failure.detail)
      return resource.read(fetched.value.octets, 'network', NOW)
    }
    expect(await read('good')).toMatchObject({ ok: false, failure: { because: 'signer-status-unknown' } })
    expect(await read('revoked')).toMatchObject({ ok: true, value: { mayRevoke: true } })
    expect(await read('unknown')).toMatchObject({ ok: true, value: { mayRevoke: true } })
  })

  test('is nothing that was issued in the future: it would keep everything older out', async () => {
    for (const [seconds, isKept] of [
      [60, true],
      [61, false],
    ] as const) {
      responder = { issuer: root, thisUpdate: after(seconds), producedAt: after(0) }
      const resource = ocspResource(question, BY_POST, { fetch, statusOfResponder })
      const fetched = await resource.fetch()
      if (!fetched.ok) throw new Error(fetched.failure.detail)
      expect((await resource.read(fetched.value.octets, 'network', NOW)).ok).toBe(isKept)
    }
  })

  test('is verified on the way out of a shared store, all but the nonce of a request long past', async () => {
    const resource = ocspResource(question, BY_POST, { fetch, statusOfResponder })
    const first = await resource.fetch()
    await resource.fetch()
    if (!first.ok) throw new Error(first.failure.detail)
    const { octets } = first.value
    expect(await resource.read(octets, 'network', NOW)).toMatchObject({
      ok: false,
      failure: { because: 'wrong-nonce' },
    })
    expect(await resource.read(octets, 'store', NOW)).toMatchObject({ ok: true })
    const forged = octets.with(-1, (octets.at(-1) ?? 0) ^ 1)
    expect(await resource.read(forged, 'store', NOW)).toMatchObject({ ok: false, failure: { because: 'wrong-signer' } })
  })
})

describe('an answer is kept for one question alone', () => {
  const keyOf = (asked: OcspQuestion, settings: Responder = BY_POST) =>
    ocspResource(asked, settings, { fetch, statusOfResponder }).key

  test('whenever and however it is asked', () => {
    expect(keyOf({ ...question, at: 0, origin: 'another name' })).toBe(keyOf(question))
    expect(keyOf(questionOf(leaf, root), { ...BY_GET, certId: 'sha256', nonce: 'omit' })).toBe(keyOf(question))
    expect(keyOf(question)).toMatch(/^ocsp:[0-9a-f]{64}$/)
  })

  test('of this certificate, issuer, responder and these algorithms', () => {
    const namesake = createAuthority()
    const others = [
      keyOf(question, { ...BY_POST, url: 'http://other.example' }),
      keyOf({ ...question, allowedWeaknesses: new Set(['SHA-1']) }),
      keyOf(questionOf(root.issue(), root)),
      // The same number by an issuer of the same name, and by one of the same key.
      keyOf({ ...question, issuer: questionOf(leaf, namesake).issuer }),
      keyOf(questionOf(root.issue({ issuerName: 'other', serialNumber: question.certificate.serialNumber }), root)),
    ]
    expect(new Set([keyOf(question), ...others]).size).toBe(1 + others.length)
  })
})

test('of a store no more is read than of the network', async () => {
  const resource = ocspResource(question, BY_POST, { fetch, statusOfResponder })
  const octets = new Uint8Array(BY_POST.maxBytes + 1)
  expect(await resource.read(octets, 'store', question.at)).toMatchObject({ failure: { because: 'too-large' } })
  expect(await resource.read(octets.subarray(1), 'store', question.at)).toMatchObject({
    failure: { because: 'malformed' },
  })
})
