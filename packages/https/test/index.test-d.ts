import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
  type Server,
  type ServerResponse,
} from 'node:http'
import { createSecureServer, type Http2ServerRequest, type Http2ServerResponse } from 'node:http2'
import {
  createServer as createHttpsServer,
  type Server as HttpsServer,
  type ServerOptions as NodeServerOptions,
} from 'node:https'
import { describe, expectTypeOf, test } from 'vitest'
import {
  type Authenticator,
  type ClientCertRequest,
  type ClientCertServer,
  type ClientIdentity,
  clientCertOf,
  createServer,
  type Decision,
  type GuardedServer,
  guard,
  type Listener,
  type Revocation,
  type RevocationReport,
  type ServerOptions,
  tlsOptions,
  withClientCert,
} from '../src/index.ts'
import type { NODE_OPTION_NAMES } from '../src/node-option-names.ts'

const options = { trust: { pem: 'pem' } } as const
const key = 'key'
const cert = 'cert'

describe('createServer', () => {
  test("takes Node's options and core's in one object", () => {
    expectTypeOf(createServer).toBeCallableWith({ key, cert, minVersion: 'TLSv1.3', ...options, mode: 'optional' })
    expectTypeOf<NonNullable<ServerOptions['revocation']>>().toEqualTypeOf<Revocation>()
    expectTypeOf(createServer).toBeCallableWith({ pfx: Buffer.alloc(0), sendCaNames: ['pem'], ...options })
  })

  test('does not take what decides about client certificates elsewhere', () => {
    // @ts-expect-error requestCert is decided by this package
    createServer({ key, cert, ...options, requestCert: true })
    // @ts-expect-error rejectUnauthorized is decided by this package
    createServer({ key, cert, ...options, rejectUnauthorized: false })
    // @ts-expect-error whom to trust is said in trust
    createServer({ key, cert, ...options, ca: 'pem' })
    // @ts-expect-error a revocation list there would have no effect
    createServer({ key, cert, ...options, crl: 'pem' })
    // @ts-expect-error trust is required
    createServer({ key, cert })
    // @ts-expect-error modes are words of a closed set
    createServer({ key, cert, ...options, mode: 'on' })
    // @ts-expect-error an unknown option is refused by the types as well
    createServer({ key, cert, ...options, minVerson: 'TLSv1.3' })
  })

  test('gives the listener what the guard noted, where nobody is a possibility', () => {
    createServer({ key, cert, ...options }, (request, response) => {
      expectTypeOf(request.clientCert).toEqualTypeOf<ClientIdentity | null>()
      expectTypeOf(request.clientCertDecision).toEqualTypeOf<Decision>()
      // @ts-expect-error a client may be nobody: its subject is behind a question
      request.clientCert.subject
      response.end(request.clientCert?.subject)
    })
    const listener: RequestListener = () => {}
    expectTypeOf(createServer).toBeCallableWith({ key, cert, ...options }, listener)
  })

  test('returns a server of node:https and its authenticator', () => {
    const server = createServer({ key, cert, ...options })
    expectTypeOf(server).toExtend<HttpsServer>()
    expectTypeOf(server).toEqualTypeOf<ClientCertServer>()
    expectTypeOf(server).toExtend<GuardedServer>()
    expectTypeOf(server.clientCertAuthenticator).toEqualTypeOf<Authenticator>()
    expectTypeOf(server.clientCertRoute('required', (request) => request.clientCert)).toExtend<RequestListener>()
  })

  test('knows every option that the types of Node know, but those that no server of Node reads', () => {
    type Refused = 'allowPartialTrustChain' | 'secureContext'
    type Forgotten = Exclude<keyof NodeServerOptions, (typeof NODE_OPTION_NAMES)[number] | Refused>
    expectTypeOf<Forgotten>().toEqualTypeOf<never>()
    expectTypeOf<keyof ServerOptions & Refused>().toEqualTypeOf<never>()
  })
})

describe('guard', () => {
  test('returns the type of server that it was given', () => {
    expectTypeOf(guard(createHttpServer(), options)).toExtend<Server>()
    expectTypeOf(guard(createHttpsServer(tlsOptions({ key, cert })), options)).toExtend<HttpsServer>()
  })

  test('does not take servers of node:http2', () => {
    // @ts-expect-error there, withClientCert is put before the listener
    guard(createSecureServer(tlsOptions({ key, cert })), options)
  })
})

describe('withClientCert', () => {
  test('fits wherever a listener goes', () => {
    const listener = withClientCert(options, (request, response) => response.end(request.clientCert?.subject))
    expectTypeOf(listener).toExtend<RequestListener>()
    expectTypeOf(createHttpServer).toBeCallableWith(listener)
    expectTypeOf(createHttpsServer).toBeCallableWith(tlsOptions({ key, cert }), listener)
  })

  test('fits before a framework that speaks both versions, as Koa does', () => {
    const callback = async (
      _request: IncomingMessage | Http2ServerRequest,
      _response: ServerResponse | Http2ServerResponse,
    ): Promise<void> => {}
    expectTypeOf(withClientCert(options, callback)).toExtend<RequestListener>()
  })

  test('fits node:http2 in its compatible form', () => {
    const listener = withClientCert(
      options,
      (request: ClientCertRequest<Http2ServerRequest>, response: Http2ServerResponse) => {
        expectTypeOf(request.stream.id).toEqualTypeOf<number | undefined>()
        response.end(request.clientCert?.subject ?? 'nobody')
      },
    )
    expectTypeOf(listener).toExtend<Listener<Http2ServerRequest, Http2ServerResponse>>()
    createSecureServer(tlsOptions({ key, cert }), listener)
  })
})

test('clientCertOf reads any request, and knows nobody from somebody', () => {
  expectTypeOf(clientCertOf).toBeCallableWith({} as IncomingMessage)
  expectTypeOf(clientCertOf).toBeCallableWith({} as Http2ServerRequest)
  expectTypeOf(clientCertOf).returns.toEqualTypeOf<ClientIdentity | null>()
})

test('what is known of revocation is said of those who came in', () => {
  expectTypeOf<Extract<Decision, { outcome: 'accepted' }>['revocation']>().toEqualTypeOf<RevocationReport>()
})
