import { once } from 'node:events'
import { get } from 'node:https'
import { Socket } from 'node:net'
import { checkServerIdentity, createSecureContext } from 'node:tls'
import { ConfigurationError } from '@clientcert/core'
import { describe, expect, test } from 'vitest'
import { createAgent } from '../../src/clients/agent.ts'
import { createDispatcher } from '../../src/clients/dispatcher.ts'
import { createHttp2Client } from '../../src/clients/http2-client.ts'
import { send, start } from './sending.ts'
import { createTestConnector, type TestConnector } from './test-connector.ts'

/** Each would weaken what the context demands, or change who we are, or be passed over. */
const REFUSED: Record<string, object> = {
  'rejectUnauthorized: false': { rejectUnauthorized: false },
  'rejectUnauthorized: 0': { rejectUnauthorized: 0 },
  'a checkServerIdentity of its own': { checkServerIdentity: () => undefined },
  ca: { ca: 'PEM' },
  'an empty list of ca': { ca: [] },
  cert: { cert: 'PEM' },
  key: { key: 'PEM' },
  pfx: { pfx: Buffer.from('pfx') },
  passphrase: { passphrase: 'secret' },
  ciphers: { ciphers: 'aNULL' },
  secureContext: { secureContext: createSecureContext() },
  secureProtocol: { secureProtocol: 'TLSv1_method' },
  secureOptions: { secureOptions: 0 },
  minVersion: { minVersion: 'TLSv1' },
  maxVersion: { maxVersion: 'TLSv1.2' },
  sigalgs: { sigalgs: 'RSA+SHA1' },
  ecdhCurve: { ecdhCurve: 'auto' },
  crl: { crl: 'PEM' },
  session: { session: Buffer.from('session') },
  pskCallback: { pskCallback: () => null },
  allowPartialTrustChain: { allowPartialTrustChain: true },
  'ALPNProtocols with h2': { ALPNProtocols: ['h2'] },
  socket: { socket: new Socket() },
}

/** Said unasked, by http-proxy (all of a proxied request) and got. */
const HARMLESS: Record<string, object> = {
  'what http-proxy says': {
    rejectUnauthorized: true,
    pfx: undefined,
    key: undefined,
    passphrase: undefined,
    cert: undefined,
    ca: undefined,
    ciphers: undefined,
    secureProtocol: undefined,
  },
  'what got says': { checkServerIdentity, ALPNProtocols: undefined },
  "ALPN of HTTP/1.1, which is the agent's": { ALPNProtocols: ['http/1.1'] },
  'null, which Node takes as absent': { ca: null, checkServerIdentity: null },
}

describe('an option of TLS beside a request', () => {
  test.each(Object.entries(REFUSED))('is refused before anything is sent: %s', async (_, options) => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    const [error] = (await once(get(server.origin, { agent, ...options }), 'error')) as [Error]
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ code: 'ERR_CONFIG_VALUE', option: Object.keys(options)[0] })
    expect(connector.targets).toEqual([])
  })

  test('is refused as well where a connection is free, by whose name in the pool it makes no difference', async () => {
    const { server, connector } = await start()
    const agent = createAgent(connector)
    await send(server, agent)
    const options = { agent, secureContext: createSecureContext() }
    expect(agent.freeSockets[agent.getName({ ...options, host: 'localhost', port: server.port })]).toHaveLength(1)
    const [error] = (await once(get(server.origin, options), 'error')) as [Error]
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(server.requests).toHaveLength(1)
  })

  test('is refused as well where the connection is asked for directly', async () => {
    const agent = createAgent(createTestConnector())
    const error = await new Promise((resolve) => agent.createConnection({ rejectUnauthorized: false }, resolve))
    expect(error).toBeInstanceOf(ConfigurationError)
  })

  test.each(Object.entries(HARMLESS))('passes where it says nothing: %s', async (_, options) => {
    const { server, connector } = await start()
    expect(await send(server, createAgent(connector), options)).toBe('client-1')
  })

  test('expectedServer is refused there, where nobody would read it', async () => {
    const { server, connector } = await start()
    const options = { agent: createAgent(connector), expectedServer: { host: 'other.example' } }
    const [error] = (await once(get(server.origin, options), 'error')) as [Error]
    expect(error).toMatchObject({ code: 'ERR_CONFIG_VALUE', option: 'expectedServer' })
  })
})

describe('an option of TLS given to the agent', () => {
  test.each(Object.entries(REFUSED))('is refused at construction: %s', (_, options) => {
    expect(() => createAgent(createTestConnector(), options)).toThrow(ConfigurationError)
  })

  test.each(Object.entries(HARMLESS))('passes where it says nothing: %s', async (_, options) => {
    const { server, connector } = await start()
    expect(await send(server, createAgent(connector, options))).toBe('client-1')
  })
})

test.each<[string, object]>([
  ['maxSocket', { maxSocket: 1 }],
  ['maxCachedSessions', { maxCachedSessions: 1 }],
  ['proxyEnv', { proxyEnv: {} }],
  ['timeout', { timeout: undefined }],
])('an agent refuses an option that is unknown, or is none: %s', (option, options) => {
  expect(() => createAgent(createTestConnector(), options)).toThrow(expect.objectContaining({ option }))
})

test.each<[string, object]>([
  ['ca', { ca: 'PEM' }],
  ['rejectUnauthorized', { rejectUnauthorized: false }],
  ['createConnection', { createConnection: () => new Socket() }],
  ['setting', { setting: {} }],
])('an HTTP/2 client refuses an option of TLS, and one that is unknown: %s', (option, options) => {
  expect(() => createHttp2Client(createTestConnector(), 'https://localhost', options)).toThrow(
    expect.objectContaining({ option }),
  )
})

test.each(['http://localhost', 'localhost:443', '', 'wss://localhost'])(
  'an HTTP/2 client refuses an authority that is no https: URL: %o',
  (authority) => {
    expect(() => createHttp2Client(createTestConnector(), authority)).toThrow(ConfigurationError)
  },
)

test.each<[string, (connector: TestConnector, options: object) => unknown]>([
  ['an agent', createAgent],
  ['a dispatcher', createDispatcher],
  ['an HTTP/2 client', (connector, options) => createHttp2Client(connector, 'https://localhost', options)],
])('%s reads expectedServer at construction, and not with the first request', (_, create) => {
  const connector = createTestConnector()
  const misspelt = { expectedServer: { spiffeID: 'spiffe://prod/ns/a/sa/b' } }
  expect(() => create(connector, misspelt)).toThrow(ConfigurationError)
  expect(() => create(connector, { expectedServer: { spiffeId: 'spiffe://prod/ns/a/sa/b' } })).not.toThrow()
})
