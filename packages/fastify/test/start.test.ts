import type { Server } from 'node:https'
import { createServer } from 'node:https'
import { createAuthority, injectWithCertificate } from '@clientcert/testing'
import Fastify, { type FastifyHttpsOptions } from 'fastify'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  type ClientCertOptions,
  ConfigurationError,
  clientCert,
  dns,
  SourceError,
  type TrustSource,
  tlsOptions,
} from '../src/index.ts'
import { alice, clock, plainApp, root, serverKeyAndCert, tlsApp, trust, whoami } from './apps.ts'

const options = { trust, clock }

/** Mistakes, as JavaScript makes them, with what is named: the option, the value, the fix. */
const MISTAKES: readonly (readonly [name: string, given: unknown, words: readonly string[]])[] = [
  ['no options', undefined, ['trust: is missing', "trust: { file: './clients-ca.pem' }"]],
  ['no trust', { mode: 'required' }, ['trust: is missing']],
  ['trust that may be a path or PEM', { trust: './ca.pem' }, ['trust: is a bare string', '{ file: PATH }']],
  ['a file that is not there', { trust: { file: './nowhere.pem' } }, ['trust.file:', 'nowhere.pem could not be read']],
  ['a misspelt option', { trust, mod: 'off' }, ['mod: is not an option', 'Did you mean `mode`?']],
  ["an option of Fastify's register", { trust, prefix: '/api' }, ['prefix: is not an option']],
  ['a misspelt mode', { trust, mode: 'manul' }, ['mode: is "manul"', '`required`', '`manual`']],
  ['a mode that is no word', { trust, mode: true }, ['mode: is true', '`required`']],
  ['a mode that is undefined', { trust, mode: undefined }, ['mode: is given as undefined']],
  ['a logger that is undefined', { trust, logger: undefined }, ['logger: is given as undefined']],
  ['a gate without a rule', { trust, from: { proxy: 'nginx', onlyFrom: {} } }, ['from.onlyFrom: has no rule']],
  ['a header without a gate', { trust, from: { proxy: 'nginx' } }, ['from.onlyFrom: is missing']],
  ['unknown anchors', { trust, anchors: ['ours'] }, ['anchors[0]: is "ours"']],
  ['revocation', { trust, revocation: 'strict' }, ['revocation: "strict" names nobody to ask', 'crls: { file: PATH }']],
]

describe.each(MISTAKES)('%s', (_name, given, words) => {
  const mistaken = given as ClientCertOptions

  test('is refused by register, with the option, the value and the fix', async () => {
    const app = plainApp()
    const error: unknown = await app.register(clientCert, mistaken).then(
      () => undefined,
      (reason: unknown) => reason,
    )
    expect(error).toBeInstanceOf(ConfigurationError)
    for (const each of words) expect(String(error)).toContain(each)
  })

  test('keeps the application from starting where nobody awaits register', async () => {
    const app = plainApp()
    app.register(clientCert, mistaken)
    await expect(app.listen({ port: 0, host: '127.0.0.1' })).rejects.toBeInstanceOf(ConfigurationError)
    expect(app.server.listening).toBe(false)
  })
})

/** Servers that could never authenticate anybody, or could never say why. */
const SERVERS: readonly (readonly [name: string, https: FastifyHttpsOptions<Server>['https'], words: string])[] = [
  ['does not ask', serverKeyAndCert, 'never asks for a client certificate'],
  ['asks only on paper', { ...serverKeyAndCert, requestCert: false, rejectUnauthorized: false }, 'never asks'],
  ['refuses in the handshake', { ...serverKeyAndCert, requestCert: true }, 'refuses in the handshake'],
]

describe.each(SERVERS)('a TLS server that %s', (_name, https, words) => {
  test('is refused at start, with the fix', async () => {
    for (const start of ['ready', 'listen', 'inject'] as const) {
      const app = Fastify({ https })
      onTestFinished(async () => app.close())
      await app.register(clientCert, options)
      const starts = {
        ready: async () => app.ready(),
        listen: async () => app.listen({ port: 0, host: '127.0.0.1' }),
        inject: async () => app.inject('/'),
      }
      const starting = starts[start]()
      await expect(starting).rejects.toMatchObject({ code: 'ERR_CONFIG_SERVER' })
      await expect(starting).rejects.toThrow(words)
      await expect(starting).rejects.toThrow('Create it with `tlsOptions({ key, cert })`')
      expect(app.server.listening).toBe(false)
    }
  })

  test('is refused over HTTP/2, and where a child asks', async () => {
    const http2 = Fastify({ http2: true, https: https ?? {} })
    onTestFinished(async () => http2.close())
    await http2.register(clientCert, options)
    await expect(async () => http2.ready()).rejects.toThrow(words)

    const app = Fastify({ https })
    onTestFinished(async () => app.close())
    await app.register(async (child) => void (await child.register(clientCert, options)))
    await expect(async () => app.ready()).rejects.toThrow(words)
  })

  test("is no obstacle where the certificate is in a proxy's header", async () => {
    const app = Fastify({ https })
    onTestFinished(async () => app.close())
    await app.register(clientCert, { ...options, from: { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } })
    await expect(app.ready()).resolves.toBeDefined()
  })
})

test('a server of the application is checked as well', async () => {
  const tls = { ...serverKeyAndCert, requestCert: true, rejectUnauthorized: true }
  const app = Fastify({ serverFactory: (handler) => createServer(tls, handler) })
  onTestFinished(async () => app.close())
  await app.register(clientCert, options)
  await expect(async () => app.ready()).rejects.toMatchObject({ code: 'ERR_CONFIG_SERVER' })
})

test("a gate by the proxy's certificate needs a server that asks for it", async () => {
  const proxies = createAuthority('Proxy CA')
  const certificate = { trust: { pem: proxies.certificate.pem }, allow: dns('proxy.example') }
  const from = { proxy: 'nginx', onlyFrom: { certificate } } as const
  const plain = plainApp()
  await plain.register(clientCert, { ...options, from })
  await expect(async () => plain.ready()).rejects.toMatchObject({ code: 'ERR_CONFIG_SERVER' })

  const app = tlsApp()
  await app.register(clientCert, { ...options, from })
  app.get('/', whoami)
  for (const [name, status] of [
    ['proxy.example', 200],
    ['other.example', 401],
  ] as const) {
    const proxy = { proxy: 'nginx', certificate: proxies.issue({ subject: 'proxy', san: { dns: name } }) } as const
    expect((await injectWithCertificate(app, alice, { path: '/', behind: proxy })).statusCode).toBe(status)
  }
})

describe('a source of trust that takes its time', () => {
  type Material = Awaited<ReturnType<TrustSource['load']>>

  function sourceOf() {
    const settle: { arrive: () => void; fail: (reason: Error) => void } = { arrive: () => {}, fail: () => {} }
    const loading = new Promise<Material>((resolve, reject) => {
      settle.arrive = () => resolve([{ der: root.certificate.der, origin: 'a server far away' }])
      settle.fail = reject
    })
    return { ...settle, source: { name: 'remote', load: () => loading } }
  }

  test('is awaited by ready, after which requests are decided', async () => {
    const { source, arrive } = sourceOf()
    const order: string[] = []
    const app = tlsApp()
    await app.register(clientCert, { trust: source, clock })
    app.get('/', whoami)
    app.addHook('onReady', async () => void order.push('ready'))
    setTimeout(() => {
      order.push('arrived')
      arrive()
    }, 50)
    await app.ready()
    expect(order).toEqual(['arrived', 'ready'])
    expect((await injectWithCertificate(app, alice, '/')).statusCode).toBe(200)
    expect((await injectWithCertificate(app, null, '/')).statusCode).toBe(401)
  })

  test('keeps the application from starting when it fails', async () => {
    const { source, fail } = sourceOf()
    const app = tlsApp()
    await app.register(clientCert, { trust: source, clock })
    const starting = app.listen({ port: 0, host: '127.0.0.1' })
    fail(new Error('no route to host'))
    await expect(starting).rejects.toThrow(SourceError)
    await expect(starting).rejects.toThrow('no route to host')
    expect(app.server.listening).toBe(false)
  })
})

test('close stops watching the sources of every scope', async () => {
  const watched: string[] = []
  const sourceOf = (name: string): TrustSource => ({
    name,
    load: () => [{ der: root.certificate.der, origin: name }],
    watch: () => {
      watched.push(`${name} watched`)
      return () => void watched.push(`${name} left`)
    },
  })
  const app = Fastify({ https: tlsOptions(serverKeyAndCert) })
  await app.register(clientCert, { trust: sourceOf('outer'), clock })
  await app.register(async (child) => void (await child.register(clientCert, { trust: sourceOf('inner'), clock })))
  await app.ready()
  expect(watched).toEqual(['outer watched', 'inner watched'])
  await app.close()
  expect(watched.slice(2).sort()).toEqual(['inner left', 'outer left'])
  expect(app.clientCertAuthenticator.status().ready).toBe(false)
})
