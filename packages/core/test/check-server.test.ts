import { createServer } from 'node:http'
import { createServer as createH2cServer, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createAuthenticator, dns, type HostsOptions, tlsOptions } from '../src/index.ts'
import { authenticatorFor, behindNginx } from './behind-nginx.ts'

const authority = createAuthority('Server CA')
const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(authority)
const certificate = { trust: { pem: authority.certificate.pem }, allow: dns('ingress.internal') }

/** Fixes that a message offers. */
const wrong = (says: string): Error =>
  expect.objectContaining({
    code: 'ERR_CONFIG_SERVER',
    option: 'server',
    message: expect.stringContaining(says) as string,
  }) as Error

const SERVERS = [
  ['https', (options: object) => createHttpsServer({ cert, key, ...options })],
  ['http2', (options: object) => createSecureServer({ cert, key, ...options })],
] as const

describe.each(SERVERS)('a server of %s', (_, create) => {
  const socket = () => authenticatorFor()

  test('that tlsOptions() made is as it has to be', () => {
    expect(() => socket().checkServer(create(tlsOptions({})))).not.toThrow()
    expect(() => behindNginx({ certificate }).checkServer(create(tlsOptions({})))).not.toThrow()
  })

  test.each([
    ['never asks', {}],
    ['does not ask', { requestCert: false, rejectUnauthorized: false }],
  ])('that %s is refused: nobody would ever be known', (_title, options) => {
    expect(() => socket().checkServer(create(options))).toThrow(wrong('never asks for a client certificate'))
    expect(() => behindNginx({ certificate }).checkServer(create(options))).toThrow(
      wrong('never asks for a proxy certificate'),
    )
  })

  test.each([{ requestCert: true }, { requestCert: true, rejectUnauthorized: true }])(
    'that refuses in the handshake is refused: %j',
    (options) => {
      expect(() => socket().checkServer(create(options))).toThrow(wrong('refuses in the handshake'))
      expect(() => socket().checkServer(create(options))).toThrow(wrong('tlsOptions({ key, cert })'))
    },
  )

  test('may ask or not behind a proxy that is known by something else', () => {
    for (const options of [{}, { requestCert: true, rejectUnauthorized: false }]) {
      expect(() => behindNginx().checkServer(create(options))).not.toThrow()
    }
  })
})

describe.each([
  ['http', () => createServer()],
  ['h2c', () => createH2cServer()],
])('a server of %s', (_, create) => {
  test('presents nobody, which is an answer', () => {
    expect(() => authenticatorFor().checkServer(create())).not.toThrow()
    expect(() => behindNginx().checkServer(create())).not.toThrow()
  })

  test('is refused where the proxy has to present a certificate', () => {
    expect(() => behindNginx({ certificate }).checkServer(create())).toThrow(wrong('is plain HTTP'))
  })
})

describe('hosts are on both sides of a server, or what one of them says is not used', () => {
  const trust = { pem: authority.certificate.pem }
  const identity = { key, cert }
  const check = (shown: object | null, decided: object, create: (options: object) => object = createHttpsServer) => {
    const authenticator = createAuthenticator({ ...decided } as HostsOptions)
    onTestFinished(() => authenticator.close())
    authenticator.checkServer(create(tlsOptions({ ...identity, ...(shown ? { hosts: shown } : {}) } as never)) as never)
  }

  test.each<[string, object | null, object]>([
    ['the same table', { 'a.example': { trust, ...identity } }, { hosts: { 'A.example.': { trust, ...identity } } }],
    ['a table of which clients need nothing to be shown', null, { hosts: { 'a.example': { trust } } }],
    ['none', null, { trust }],
  ])('accepts %s', (_, shown, decided) => {
    for (const [, create] of SERVERS) expect(() => check(shown, decided, create)).not.toThrow()
  })

  test('accepts a plain server of the same application, which shows nothing', () => {
    const plain = () => createServer()
    expect(() => check(null, { hosts: { 'a.example': { trust, ...identity } } }, plain)).not.toThrow()
  })

  test.each<[string, object | null, object, string]>([
    ['a key that is not shown', null, { 'a.example': { trust, ...identity } }, '`key`, `cert`'],
    ['names that are not sent', null, { 'a.example': { trust, sendCaNames: trust.pem } }, '`sendCaNames`'],
    ['a key of one of them', { 'a.example': { trust } }, { 'a.example': { trust, ...identity } }, '`key`, `cert`'],
    ['hosts of which nothing is decided', { 'a.example': { trust } }, {}, 'one trust'],
    ['one of which nothing is decided', { 'a.example': {}, 'b.example': {} }, { 'a.example': { trust } }, 'b.example'],
    ['one of which nothing is shown', { 'a.example': {} }, { 'a.example': { trust }, 'b.example': {} }, 'b.example'],
  ])('refuses %s', (_, shown, hosts, says) => {
    const decided = Object.keys(hosts).length === 0 ? { trust } : { trust, hosts: withoutTrust(hosts) }
    for (const [, create] of SERVERS) expect(() => check(shown, decided, create)).toThrow(wrong(says))
  })
})

/** Trust around `hosts` has to be used by some. */
const withoutTrust = (hosts: object): object =>
  Object.fromEntries(Object.entries(hosts).map(([name, { trust: _, ...rest }]) => [name, rest as object]))
