import { type RequestOptions, request as requestOverHttp } from 'node:http'
import { sensitiveHeaders } from 'node:http2'
import { headersFor, type Leaf } from '@clientcert/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { createFormat, PROXY_NAMES } from '../src/headers/registry.ts'
import {
  ConfigurationError,
  custom,
  type Decision,
  type ForwardFormat,
  forwardHeaders,
  verifyCertificate,
} from '../src/index.ts'
import { ANONYMOUS, alice, decided, expired, root, SKIPPED, stranger, unreadable } from './decided.ts'
import { unwrap } from './encoding/unwrap.ts'
import { linesOf } from './headers/forwarded.ts'
import { requestPlainly, serve } from './serving.ts'

const mistakeOf = (attempt: () => unknown): ConfigurationError => {
  try {
    attempt()
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('was forwarded')
}

const ASSERTED = PROXY_NAMES.flatMap((name) => createFormat(name).assertedHeaders)

describe('what is forwarded of a client', () => {
  test('is the certificate, both names and success where it was accepted, as nginx writes them', async () => {
    expect(forwardHeaders(await decided(alice), 'nginx')).toEqual(headersFor('nginx', alice))
  })

  test.each([
    ['without a certificate', ANONYMOUS],
    ['that was not looked at', SKIPPED],
  ])('is that there is nobody for one %s', (_, decision) => {
    expect(forwardHeaders(decision, 'nginx')).toEqual(headersFor('nginx', null))
  })

  test.each([
    ['expired', expired, 'FAILED:certificate has expired'],
    ['by another authority', stranger, 'FAILED:unable to verify the first certificate'],
  ])("is FAILED: with OpenSSL's words where it is not verified: %s", async (_, leaf: Leaf, verify) => {
    expect(forwardHeaders(await decided(leaf), 'nginx')).toEqual(headersFor('nginx', leaf, { verify }))
  })

  test('is that there is nobody where the certificate could not be parsed', async () => {
    const decision = await verifyCertificate(
      { der: unreadable.certificate.der },
      { trust: { pem: root.certificate.pem }, mode: 'accept-unverified' },
    )
    expect(decision).toMatchObject({ outcome: 'unverified', presented: { certificate: null } })
    expect(forwardHeaders(decision, 'nginx')).toEqual(headersFor('nginx', null))
  })

  test('is nothing where it was refused: that is the mistake of who forwards', async () => {
    const decision = await decided(expired, 'required')
    expect(decision.outcome).toBe('rejected')
    const { code, option, message } = mistakeOf(() => forwardHeaders(decision, 'nginx', { accept: '*/*' }))
    expect({ code, option }).toEqual({ code: 'ERR_CONFIG_NOT_FORWARDABLE', option: 'decision' })
    expect(message).toContain('ERR_PATH_EXPIRED')
  })

  test.each([[null], [undefined]])('is nothing where nobody decided: %s', (decision) => {
    expect(mistakeOf(() => forwardHeaders(decision, 'nginx')).code).toBe('ERR_CONFIG_MISSING')
  })

  test.each([['accepted'], [{}], [{ outcome: 'fine' }]])('is nothing where %j decided', (decision) => {
    const { code, option } = mistakeOf(() => Reflect.apply(forwardHeaders, undefined, [decision, 'nginx']))
    expect({ code, option }).toEqual({ code: 'ERR_CONFIG_TYPE', option: 'decision' })
  })

  test('is nothing where the path was not verified here, whatever the outcome is called', async () => {
    const decision = await decided(alice)
    const forged = JSON.parse(JSON.stringify(decision)) as Decision
    expect(mistakeOf(() => forwardHeaders(forged, 'nginx')).code).toBe('ERR_CONFIG_FOREIGN_COPY')
  })

  test('is the anchor itself where the client presented it', async () => {
    const decision = await decided(root)
    expect(decision.outcome).toBe('accepted')
    expect(forwardHeaders(decision, 'nginx')).toEqual(headersFor('nginx', root))
  })

  test('goes out under names of its own, and the usual ones are left behind', async () => {
    const format: ForwardFormat = { proxy: 'nginx', headers: { certificate: 'X-Client-Certificate' } }
    const { 'ssl-client-cert': certificate, ...others } = headersFor('nginx', alice)
    const incoming = {
      'ssl-client-cert': 'spoofed',
      'x-client-certificate': 'spoofed',
      x_client_certificate: 'spoofed',
    }
    expect(forwardHeaders(await decided(alice), format, incoming)).toEqual({
      ...others,
      'x-client-certificate': certificate,
    })
  })

  test.each([
    ['ngnix', 'format.proxy', 'ERR_CONFIG_VALUE'],
    [{ proxy: 'nginx', trustedHops: 2 }, 'format.trustedHops', 'ERR_CONFIG_VALUE'],
    [{ proxy: 'envoy', trustedHops: 1 }, 'format.trustedHops', 'ERR_CONFIG_VALUE'],
    [{ proxy: 'envoy', trustedHops: '5' }, 'format.trustedHops', 'ERR_CONFIG_TYPE'],
    [{ proxy: 'nginx', header: {} }, 'format.header', 'ERR_CONFIG_UNKNOWN_OPTION'],
    [{ proxy: 'nginx', onlyFrom: {} }, 'format.onlyFrom', 'ERR_CONFIG_UNKNOWN_OPTION'],
    [undefined, 'format.proxy', 'ERR_CONFIG_TYPE'],
    [7, 'format.proxy', 'ERR_CONFIG_VALUE'],
  ])('is nothing in the format %j', (format, option, code) => {
    const mistake = mistakeOf(() => Reflect.apply(forwardHeaders, undefined, [ANONYMOUS, format]))
    expect({ code: mistake.code, option: mistake.option }).toEqual({ code, option })
  })
})

describe('in every format, a certificate that is not verified', () => {
  test.each(PROXY_NAMES)('goes out with a verdict that says so, or not at all: %s', async (name) => {
    const format = createFormat(name)
    for (const leaf of [expired, stranger]) {
      const sent: Record<string, string> = forwardHeaders(await decided(leaf), name)
      const { certificate, verdict } = unwrap(format.read(linesOf(sent)))
      if (format.verdictHeader === null) expect(sent).toEqual(forwardHeaders(ANONYMOUS, name))
      else expect(verdict).toMatchObject({ ok: true, value: { said: 'failed', reason: 'path' } })
      // Google Cloud forwards none that it could not verify.
      expect(certificate !== null).toBe(format.verdictHeader !== null && name !== 'google-cloud')
    }
  })

  test.each([
    [custom({ header: 'x-cert', encoding: 'base64-der' }), {}],
    [
      custom({ header: 'x-cert', encoding: 'base64-der', verify: { header: 'x-verified', success: '0', none: '-' } }),
      {
        'x-cert': Buffer.from(expired.certificate.der).toString('base64'),
        'x-verified': 'FAILED:certificate has expired',
      },
    ],
  ])("does so in one's own", async (format, expected) => {
    const incoming = { 'x-cert': 'spoofed', X_Verified: '0', 'ssl-client-cert': 'spoofed' }
    const ofNobody = 'x-verified' in expected ? {} : { X_Verified: '0' }
    const sent = { ...ofNobody, ...expected }
    expect(forwardHeaders(await decided(expired), format, incoming)).toEqual(sent)
    expect(forwardHeaders(await decided(expired), { proxy: format }, incoming)).toEqual(sent)
  })
})

describe('what came from outside', () => {
  test('stays behind under the name of any header that any proxy asserts, in each case and spelling', () => {
    for (const name of ASSERTED) {
      for (const spelled of [name, name.toUpperCase(), name.replaceAll('-', '_'), name.replaceAll('-', '.')]) {
        expect(forwardHeaders(ANONYMOUS, 'nginx', { [spelled]: 'spoofed', accept: '*/*' })).toEqual({
          'ssl-client-verify': 'NONE',
          accept: '*/*',
        })
      }
    }
  })

  test('stays as it was otherwise, and is not written to', () => {
    const incoming = Object.freeze({
      host: 'a.example',
      'set-cookie': ['a', 'b'],
      'content-length': 7,
      absent: undefined,
    })
    expect(forwardHeaders(ANONYMOUS, 'nginx', incoming)).toEqual({ ...incoming, 'ssl-client-verify': 'NONE' })
  })

  test.each([
    ['Headers', new Headers({ accept: '*/*' })],
    ['Map', new Map([['accept', '*/*']])],
    ['rawHeaders', ['accept', '*/*']],
    ['text', 'accept: */*'],
  ])('is refused in a form of which nothing would be sent on: %s', (_, incoming) => {
    const { code, option, message } = mistakeOf(() =>
      Reflect.apply(forwardHeaders, undefined, [ANONYMOUS, 'nginx', incoming]),
    )
    expect({ code, option }).toEqual({ code: 'ERR_CONFIG_TYPE', option: 'incoming' })
    expect(message).toContain('Object.fromEntries(headers)')
  })

  test('is taken from a Headers by Object.fromEntries', () => {
    const incoming = Object.fromEntries(new Headers({ accept: '*/*', 'ssl-client-cert': 'spoofed' }))
    expect(forwardHeaders(ANONYMOUS, 'nginx', incoming)).toEqual({ accept: '*/*', 'ssl-client-verify': 'NONE' })
  })

  test('keeps the fields of HTTP/2, and which of them are sensitive', () => {
    const incoming = { ':path': '/', ':authority': 'a.example', [sensitiveHeaders]: ['authorization'] }
    expect(forwardHeaders(ANONYMOUS, 'nginx', incoming)).toEqual({ ...incoming, 'ssl-client-verify': 'NONE' })
  })

  test('keeps a header of that name an own property (CVE-2026-21710)', () => {
    const incoming = JSON.parse('{"__proto__":"x","constructor":"y"}') as Record<string, string>
    const sent = forwardHeaders(ANONYMOUS, 'nginx', incoming)
    expect(new Map(Object.entries(sent))).toEqual(new Map([...Object.entries(incoming), ['ssl-client-verify', 'NONE']]))
    expect(Object.getPrototypeOf(sent)).toBe(Object.prototype)
  })
})

describe('a header that Connection lists', () => {
  test.each([
    ['close', { connection: 'close', 'x-other': '1' }],
    ['keep-alive, Upgrade', { connection: 'keep-alive, Upgrade', 'x-other': '1' }],
    ['x-other', {}],
    ['close, X-Other', { connection: 'close' }],
    ['close, ssl-client-cert, ssl_client_verify', { connection: 'close', 'x-other': '1' }],
    [' , ,', { 'x-other': '1' }],
  ])('stays behind, and Connection names it no more (RFC 9110 7.6.1): %s', (connection, left) => {
    const sent = forwardHeaders(ANONYMOUS, 'nginx', { connection, 'x-other': '1' })
    expect(sent).toEqual({ ...left, 'ssl-client-verify': 'NONE' })
  })

  test('never takes ours away', async () => {
    const connection = Object.keys(headersFor('nginx', alice)).join(', ')
    expect(forwardHeaders(await decided(alice), 'nginx', { connection })).toEqual(headersFor('nginx', alice))
  })

  test('stays where the message would have no end without it, or where a gateway added it (CVE-2024-45410)', () => {
    const kept = { host: 'a', 'content-length': '3', 'transfer-encoding': 'chunked', 'x-real-ip': '192.0.2.1' }
    const connection = Object.keys(kept).join(', ')
    expect(forwardHeaders(ANONYMOUS, 'nginx', { ...kept, connection })).toEqual({
      ...kept,
      'ssl-client-verify': 'NONE',
    })
  })

  test.each(['x-forwarded-for', 'x-forwarded-user', 'X-Forwarded-Prefix'])(
    'stays where its name says that a gateway added it: %s (CVE-2024-45410)',
    (name) => {
      const connection = `close, ${name.toLowerCase()}, x_forwarded_user`
      expect(forwardHeaders(ANONYMOUS, 'nginx', { [name]: 'guest', x_forwarded_user: 'admin', connection })).toEqual({
        [name]: 'guest',
        connection: 'close',
        'ssl-client-verify': 'NONE',
      })
    },
  )
})

describe('whatever the headers and the certificate hold', () => {
  const names = fc.oneof(fc.constantFrom('connection', 'ssl-client-cert', 'ssl_client_verify', 'accept'), fc.string())
  const values = fc.oneof(fc.constantFrom('close, ssl-client-cert', 'accept'), fc.string())

  test('what is sent asserts what was decided and nothing else', () => {
    fc.assert(
      fc.property(fc.dictionary(names, values), (incoming) => {
        const sent = forwardHeaders(ANONYMOUS, 'nginx', incoming)
        const asserting = Object.keys(sent).filter((name) => /^ssl[-_.]client/i.test(name))
        expect(asserting).toEqual(['ssl-client-verify'])
        expect(String(sent['connection'] ?? '')).not.toContain('ssl')
      }),
    )
  })

  test.each([
    { CN: 'a\r\nssl-client-verify: SUCCESS' },
    { CN: '";Cert="x' },
    { CN: 'Zo\u00eb \u202e' },
    { CN: { text: 'Zo\u00eb', as: 'teletex' } as const },
  ])('no value is more than printable ASCII (RFC 9440 section 4): %j', async (subject) => {
    const leaf = root.issue({ subject, san: [{ uri: 'urn:a;b="c",d' }, { dns: 'a;b="c' }] })
    const decision = await decided(leaf)
    expect(decision.outcome).toBe('accepted')
    for (const name of PROXY_NAMES) {
      for (const value of Object.values(forwardHeaders(decision, name))) expect(value).toMatch(/^[\x20-\x7e]*$/)
    }
  })
})

test('what a plain request sends on, over a real connection, is what was decided', async () => {
  const behind = await serve('http', () => ANONYMOUS)
  const forward = (options: RequestOptions) =>
    new Promise<void>((resolve, reject) => {
      const sent = requestOverHttp({ host: '127.0.0.1', port: behind.port, agent: false, ...options }, (response) => {
        response.resume().on('end', () => resolve())
      })
      sent.on('error', reject).end()
    })
  const decision = await decided(alice)
  const gateway = await serve('http', async ({ headers }) => {
    await forward({ headers: forwardHeaders(decision, 'nginx', headers) })
    return decision
  })
  await requestPlainly({ port: gateway.port }, [
    ['ssl-client-cert', 'spoofed'],
    ['Ssl-Client-Cert', 'again'],
    ['SSL_CLIENT_VERIFY', 'SUCCESS'],
    ['X-Kept', '1'],
    ['x-kept', '2'],
    ['Connection', 'ssl-client-cert'],
  ])
  expect(behind.last().headers).toEqual({
    host: 'localhost',
    'x-kept': '1, 2',
    connection: 'close',
    ...headersFor('nginx', alice),
  })
})
