import type { Http2SecureServer } from 'node:http2'
import auth from '@fastify/auth'
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify'
import { describe, expectTypeOf, test } from 'vitest'
import clientCertByDefault, {
  type Authenticator,
  assertClientCert,
  type ClientCertOptions,
  type ClientIdentity,
  clientCert,
  type Decision,
  dns,
  type Mode,
  type Revocation,
  type RevocationReport,
  tlsOptions,
  type WithClientCert,
} from '../src/index.ts'

const trust = { pem: '' }
const app = Fastify({ https: tlsOptions({}) })
const http2 = Fastify({ http2: true, https: tlsOptions({}) })

describe('register', () => {
  test('takes the plugin by its name and as the default, on servers of every protocol', () => {
    expectTypeOf(clientCertByDefault).toEqualTypeOf(clientCert)
    app.register(clientCert, { trust })
    http2.register(clientCert, { trust })
    Fastify({ http2: true }).register(clientCert, { trust })
    Fastify({ logger: true }).register(clientCertByDefault, { trust, mode: 'manual' })
    app.register(clientCert, () => ({ trust, mode: 'optional' as const }))
  })

  test('takes the options of core, and manual beside the modes', () => {
    expectTypeOf<NonNullable<ClientCertOptions['mode']>>().toEqualTypeOf<Mode | 'manual'>()
    // @ts-expect-error because a mode is one of the words
    app.register(clientCert, { trust, mode: 'of' })
    // @ts-expect-error because trust is required
    app.register(clientCert, { mode: 'required' })
    // @ts-expect-error because no option has this name
    app.register(clientCert, { trust, mod: 'off' })
  })
})

describe('a request', () => {
  test('has an identity or null, and a decision or null', () => {
    expectTypeOf<FastifyRequest['clientCert']>().toEqualTypeOf<ClientIdentity | null>()
    expectTypeOf<FastifyRequest['clientCertDecision']>().toEqualTypeOf<Decision | null>()
    app.get('/', (request) => {
      // @ts-expect-error because there may be no identity
      request.clientCert.subject
      return request.clientCert?.subject
    })
  })

  test('has an identity once that is asserted, over every protocol', () => {
    app.get<{ Querystring: { page: string } }>('/', (request) => {
      assertClientCert(request)
      expectTypeOf(request.clientCert).toEqualTypeOf<ClientIdentity>()
      expectTypeOf(request.query.page).toEqualTypeOf<string>()
      return request.clientCert.subject
    })
    http2.get('/', (request) => {
      assertClientCert(request)
      expectTypeOf(request.clientCert.subject).toEqualTypeOf<string>()
      return request.clientCert.subject
    })
    const needsClient = ({ clientCert: identity }: WithClientCert<FastifyRequest>) => identity.subject
    app.get('/later', (request: FastifyRequest) => {
      // @ts-expect-error because nothing was asserted
      needsClient(request)
      assertClientCert(request)
      return needsClient(request)
    })
  })
})

describe('a route', () => {
  test('may say a mode or options, and nothing else', () => {
    app.get('/off', { config: { clientCert: 'off' } }, () => '')
    app.get(
      '/admin',
      { config: { clientCert: { allow: dns('a.example'), anchors: ['a'], responses: 'nginx' } } },
      () => '',
    )
    http2.get('/off', { config: { clientCert: { mode: 'optional' } } }, () => '')
    // @ts-expect-error because a mode is one of the words
    app.get('/typo', { config: { clientCert: 'of' } }, () => '')
    // @ts-expect-error because manual is for scopes
    app.get('/manual', { config: { clientCert: 'manual' } }, () => '')
    // @ts-expect-error because a mode is one of the words
    app.get('/typo', { config: { clientCert: { mode: 'of' } } }, () => '')
    // @ts-expect-error because anchors are ids
    app.get('/anchors', { config: { clientCert: { anchors: 'ours' } } }, () => '')
    // @ts-expect-error because a switch would not say what it switches
    app.get('/switch', { config: { clientCert: false } }, () => '')
  })
})

describe('an instance', () => {
  test('has its authenticator', () => {
    expectTypeOf(app.clientCertAuthenticator).toEqualTypeOf<Authenticator>()
  })

  test('has verifyClientCert, which is a hook of every protocol and a function of @fastify/auth', () => {
    app.get('/', { preHandler: app.verifyClientCert, onRequest: [app.verifyClientCert] }, () => '')
    http2.get('/', { preHandler: http2.verifyClientCert }, () => '')
    app.addHook('preHandler', app.verifyClientCert)
    app.register(auth).after(() => {
      app.get('/auth', { preHandler: app.auth([app.verifyClientCert]) }, () => '')
    })
    expectTypeOf<FastifyInstance['verifyClientCert']>().returns.toEqualTypeOf<Promise<void>>()
    expectTypeOf<FastifyInstance<Http2SecureServer>['verifyClientCert']>().toBeCallableWith(
      {} as FastifyRequest,
      {} as FastifyReply,
    )
  })
})

test('revocation is said how to check, and what came of it', () => {
  expectTypeOf<NonNullable<ClientCertOptions['revocation']>>().toEqualTypeOf<Revocation>()
  expectTypeOf<Extract<Decision, { outcome: 'accepted' }>['revocation']>().toEqualTypeOf<RevocationReport>()
})
