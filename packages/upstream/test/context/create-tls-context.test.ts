import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { createSecureServer } from 'node:http2'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { ConfigurationError } from '@clientcert/core'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { fetch } from 'undici'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { type ConnectTarget, createTlsContext, type UpstreamMessage } from '../../src/index.ts'
import { ask, contextOf, errorOf, listen, localhost, ours, pemOf, servers, startUpstream } from '../serving.ts'

/** Istio's three files, as Ambassador's page on it has them. */
function writeIstio(directory = mkdtempSync(join(tmpdir(), 'clientcert-istio-'))) {
  const { certChain, privateKey, caCertChain } = pemOf(ours)
  const files = { 'cert-chain.pem': certChain, 'key.pem': privateKey, 'root-cert.pem': caCertChain ?? '' }
  for (const [name, pem] of Object.entries(files)) writeFileSync(join(directory, name), pem)
  return {
    directory,
    certChainFile: join(directory, 'cert-chain.pem'),
    privateKeyFile: join(directory, 'key.pem'),
    caCertChainFile: join(directory, 'root-cert.pem'),
  }
}

/** Answers over either protocol with whom it talks to. */
async function startHttp(): Promise<string> {
  const { fullChainPem: cert, privateKeyPem: key } = localhost
  const server = createSecureServer({ allowHTTP1: true, cert, key, requestCert: true, rejectUnauthorized: false })
  server.on('request', (incoming, response) => {
    const socket = incoming.stream?.session?.socket ?? incoming.socket
    response.end(
      String(
        Reflect.apply(Reflect.get(socket, 'getPeerCertificate') as () => { subject: { CN: string } }, socket, [])
          .subject.CN,
      ),
    )
  })
  return `https://localhost:${await listen(server)}/`
}

test('agent() and dispatcher() without options are the same each time, so that requests share connections; a dispatcher that was closed is replaced', async () => {
  const url = await startHttp()
  const context = contextOf({ pem: pemOf(ours) })
  const [agent, dispatcher] = [context.agent(), context.dispatcher()]
  expect(context.agent()).toBe(agent)
  expect(context.agent({ keepAlive: false })).not.toBe(agent)
  expect(context.dispatcher()).toBe(dispatcher)
  expect(context.dispatcher({ pipelining: 1 })).not.toBe(dispatcher)

  await dispatcher.close()
  expect(context.dispatcher()).not.toBe(dispatcher)
  expect(await (await fetch(url, { dispatcher: context.dispatcher() })).text()).toBe('gateway')
})

test('Istio’s files reach a server by connect(), https.request, fetch and http2', async () => {
  const { certChainFile, privateKeyFile, caCertChainFile } = writeIstio()
  const url = await startHttp()
  const context = contextOf({ name: 'istio-upstream', certChainFile, privateKeyFile, caCertChainFile })
  await context.ready()

  const outgoing = request(url, { agent: context.agent() }).end()
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage]
  expect(await text(response)).toBe('gateway')

  const dispatcher = context.dispatcher()
  expect(await (await fetch(url, { dispatcher })).text()).toBe('gateway')

  const client = context.http2(url)
  expect(await text((await client.session()).request({ ':path': '/' }))).toBe('gateway')

  await dispatcher.close()
  await client.close()
})

describe("whenMissing: 'wait'", () => {
  const logger = { info: () => {}, warn: () => {} }

  test('refuses until the files are there, and connects then', async () => {
    const upstream = await startUpstream(localhost)
    const directory = mkdtempSync(join(tmpdir(), 'clientcert-istio-'))
    const context = contextOf({ directory, whenMissing: 'wait', logger })
    expect(context.status()).toMatchObject({ ready: false, material: { state: 'waiting' } })
    const error = await errorOf(context.connect(upstream.target))
    expect(error).toMatchObject({
      code: 'ERR_UPSTREAM_NOT_READY',
      failure: { context: 'upstream', waitingFor: directory },
    })
    expect(upstream.sockets).toHaveLength(0)
    writeIstio(directory)
    await context.reload()
    await context.ready()
    expect(context.status()).toMatchObject({ ready: true, rotations: 0 })
    await context.connect(upstream.target)
  })

  test('is not the default: what is missing is a mistake', () => {
    const directory = mkdtempSync(join(tmpdir(), 'clientcert-istio-'))
    expect(() => createTlsContext({ directory })).toThrow(directory)
  })
})

describe('connect', () => {
  test('takes a name, an IPv4 and an IPv6 address, and a name with an underscore, as a host', async () => {
    const upstream = await startUpstream(localhost)
    const context = contextOf()
    await context.connect({ ...upstream.target, host: '127.0.0.1', servername: 'localhost' })
    for (const host of ['my_service.invalid', '::1', 'fe80::1%lo']) {
      expect(await errorOf(context.connect({ host, port: 1 }))).not.toBeInstanceOf(ConfigurationError)
    }
  })

  test.each([
    ['a URL', { host: 'https://localhost', port: 443 }, 'target.host'],
    ['a host with its port', { host: 'localhost:8443', port: 443 }, 'target.host'],
    ['an address in brackets', { host: '[::1]', port: 443 }, 'target.host'],
    ['an empty host', { host: '', port: 443 }, 'target.host'],
    ['no port', { host: 'localhost' }, 'target.port'],
    ['port 65536', { host: 'localhost', port: 65_536 }, 'target.port'],
    ['hostname for host', { hostname: 'localhost', port: 443 }, 'target.hostname'],
    ['rejectUnauthorized', { host: 'localhost', port: 443, rejectUnauthorized: false }, 'target.rejectUnauthorized'],
  ])('refuses %s with the fix, before anything is connected', async (_, target, option) => {
    const error = await errorOf(contextOf().connect(target as ConnectTarget))
    expect(error).toBeInstanceOf(ConfigurationError)
    expect(error).toMatchObject({ option })
  })
})

test('status says what is known of it', async () => {
  const upstream = await startUpstream(localhost)
  const context = contextOf({ name: 'istio-upstream' })
  await context.connect(upstream.target)
  expect(context.status()).toMatchObject({
    name: 'istio-upstream',
    ready: true,
    rotations: 0,
    serverVerification: 'enabled',
    connections: { open: 1, retiring: 0 },
    material: { state: 'current', subject: 'CN=gateway', authoritiesFrom: 'given', error: null },
  })
})

describe('close', () => {
  test('refuses new connections, ends those that are open after the grace period, and resolves then', async () => {
    const upstream = await startUpstream(localhost)
    const context = contextOf({ gracePeriodMs: 100 })
    const socket = await context.connect(upstream.target)
    const rotated = vi.fn()
    context.onRotation(rotated)
    const closing = context.close()
    expect(rotated).not.toHaveBeenCalled()
    expect(await errorOf(context.connect(upstream.target))).toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' })
    expect(await ask(socket)).toBe('pong')
    const ended = once(socket, 'error')
    await closing
    expect((await ended)[0]).toMatchObject({ code: 'ERR_UPSTREAM_RETIRED' })
    expect(context.status().connections.open).toBe(0)
  })

  test('is the same a second time, and by `await using`', async () => {
    const context = contextOf()
    await context.close()
    await context.close()
    await context[Symbol.asyncDispose]()
    expect(context.status().ready).toBe(false)
    await expect(context.ready()).rejects.toMatchObject({ code: 'ERR_UPSTREAM_CLOSED' })
  })

  test('waits for nothing where nothing is open', async () => {
    await contextOf({ gracePeriodMs: 3_600_000 }).close()
  })
})

test('each connection is told of on clientcert:upstream, and each refusal in the log, once', async () => {
  const messages: UpstreamMessage[] = []
  const keep = (message: unknown) => void messages.push(message as UpstreamMessage)
  subscribe('clientcert:upstream', keep)
  onTestFinished(() => void unsubscribe('clientcert:upstream', keep))
  const good = await startUpstream(localhost)
  const bad = await startUpstream(serverCertificate(createAuthority('Unknown CA'), { subject: 'who' }))
  const warn = vi.fn()
  const context = contextOf({ logger: { info: () => {}, warn } })
  const socket = await context.connect(good.target)
  await ask(socket)
  await context.connect(good.target)
  await errorOf(context.connect(bad.target))
  const about = { context: 'upstream', generation: 1 }
  expect(messages).toEqual([
    { ...about, server: `localhost:${good.port}`, outcome: 'connected', code: null, resumed: false },
    { ...about, server: `localhost:${good.port}`, outcome: 'connected', code: null, resumed: true },
    { ...about, server: `localhost:${bad.port}`, outcome: 'refused', code: 'ERR_UPSTREAM_CERTIFICATE', resumed: false },
  ])
  expect(warn).toHaveBeenCalledTimes(1)
  expect(warn.mock.lastCall?.[0]).toMatchObject({
    clientCertUpstream: {
      code: 'ERR_UPSTREAM_CERTIFICATE',
      server: `localhost:${bad.port}`,
      certificate: { subject: 'CN=who' },
      hint: expect.any(String) as string,
    },
  })
})

test('a logger that throws changes nothing of the verdict', async () => {
  const upstream = await startUpstream(serverCertificate(servers, { san: { dns: 'other.example' } }))
  const warning = vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  onTestFinished(() => warning.mockRestore())
  const throws = () => {
    throw new Error('of the test')
  }
  const context = contextOf({ logger: { info: throws, warn: throws } })
  expect(await errorOf(context.connect(upstream.target))).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
  expect(warning).toHaveBeenCalled()
})

test('two contexts share nothing: each trusts its own authorities, and presents its own certificate', async () => {
  const upstream = await startUpstream(localhost)
  const context = contextOf()
  const other = contextOf({ pem: pemOf(ours, createAuthority('Other CA')) })
  await context.connect(upstream.target)
  expect(await errorOf(other.connect(upstream.target))).toMatchObject({ code: 'ERR_UPSTREAM_CERTIFICATE' })
})
