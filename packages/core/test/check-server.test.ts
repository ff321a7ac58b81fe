import { createServer } from 'node:http'
import { createServer as createH2cServer, createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { dns, tlsOptions } from '../src/index.ts'
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
