import type { RequestListener } from 'node:http'
import express, { type ErrorRequestHandler, type Request, type RequestHandler } from 'express'
import express4, {
  type ErrorRequestHandler as ErrorRequestHandler4,
  type Request as Request4,
  type RequestHandler as RequestHandler4,
} from 'express4'
import { describe, expectTypeOf, test } from 'vitest'
import {
  type Authenticator,
  assertClientCert,
  type ClientCertOptions,
  type ClientIdentity,
  clientCert,
  clientCertErrors,
  type Decision,
  type Middleware,
  type Revocation,
  type RevocationReport,
  tlsOptions,
} from '../src/index.ts'

const guard = clientCert({ trust: { pem: 'pem' }, mode: 'optional' })

describe('clientCert', () => {
  test('fits both versions of Express, as a whole and before a route', () => {
    expectTypeOf(guard).toExtend<RequestHandler>()
    expectTypeOf(guard).toExtend<RequestHandler4>()
    expectTypeOf(guard.route('off')).toExtend<RequestHandler>()
    expectTypeOf(guard.route({ mode: 'required' })).toExtend<RequestHandler4>()
    express().use(guard).get('/', guard.route('required'))
    express4().use(guard).get('/', guard.route('required'))
    expectTypeOf(clientCertErrors()).toExtend<ErrorRequestHandler>()
    expectTypeOf(clientCertErrors()).toExtend<ErrorRequestHandler4>()
    express().use(clientCertErrors())
    express4().use(clientCertErrors())
  })

  test('carries what its authenticator can do', () => {
    expectTypeOf(guard.authenticator).toEqualTypeOf<Authenticator>()
    expectTypeOf(guard.route).returns.toEqualTypeOf<Middleware>()
    expectTypeOf(guard.ready).returns.toEqualTypeOf<Promise<void>>()
    expectTypeOf(express()).toExtend<RequestListener>()
  })

  test('takes no other words and no other options', () => {
    // @ts-expect-error trust is required
    clientCert({})
    // @ts-expect-error modes are words of a closed set
    clientCert({ trust: { pem: 'pem' }, mode: 'on' })
    // @ts-expect-error a route has no trust of its own
    guard.route({ trust: { pem: 'pem' } })
    // @ts-expect-error a set of sources is an array, never a bare string
    clientCert({ trust: 'clients-ca.pem' })
  })
})

test('a request says who the client is, and that the middleware may be missing', () => {
  expectTypeOf<Request['clientCert']>().toEqualTypeOf<ClientIdentity | null | undefined>()
  expectTypeOf<Request4['clientCert']>().toEqualTypeOf<ClientIdentity | null | undefined>()
  expectTypeOf<Request['clientCertDecision']>().toEqualTypeOf<Decision | null | undefined>()
})

test('assertClientCert leaves a request whose client is somebody', () => {
  const handler: RequestHandler = (request) => {
    // @ts-expect-error before it, the client may be nobody
    request.clientCert.subject
    assertClientCert(request)
    expectTypeOf(request.clientCert).toEqualTypeOf<ClientIdentity>()
    expectTypeOf(request.get('host')).toEqualTypeOf<string | undefined>()
  }
  expectTypeOf(handler).toExtend<RequestHandler>()
})

test('tlsOptions is at hand for https.createServer', () => {
  expectTypeOf(tlsOptions({ key: 'key', cert: 'cert' }).requestCert).toEqualTypeOf<true>()
})

test('revocation is said how to check, and what came of it', () => {
  expectTypeOf<NonNullable<ClientCertOptions['revocation']>>().toEqualTypeOf<Revocation>()
  expectTypeOf<Extract<Decision, { outcome: 'accepted' }>['revocation']>().toEqualTypeOf<RevocationReport>()
})
