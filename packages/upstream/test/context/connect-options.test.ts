import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { Agent, createServer, request } from 'node:https'
import { connect as connectTcp, isIP } from 'node:net'
import { text } from 'node:stream/consumers'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import type { TlsMaterial } from '@clientcert/core'
import { createAuthority, mintCrl, serverCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { dangerouslyDisableServerVerification } from '../../src/index.ts'
import { clients, contextOf, listen, localhost, meshed, ours, pemOf, servers, startUpstream } from '../serving.ts'

/** Node verifies here, by the clock of the machine. */
const at = (port: number) => ({ host: 'localhost', port, family: 4 })

async function dial(options: ConnectionOptions): Promise<TLSSocket> {
  const socket = connect(options)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

const codeOf = async (options: ConnectionOptions): Promise<unknown> => {
  try {
    await dial(options)
  } catch (error) {
    return Reflect.get(Object(error), 'code')
  }
  return 'connected'
}

function rotating() {
  let material: TlsMaterial = pemOf(ours)
  const source = { name: 'test', load: () => material, watch: () => () => {} }
  const context = contextOf({ source })
  const rotate = async () => {
    material = pemOf(clients.issue({ subject: 'gateway-2' }))
    await context.reload()
  }
  return { context, rotate }
}

describe.each([
  ['as they are', (options: ConnectionOptions) => options],
  ['copied for each connection', (options: ConnectionOptions) => Object.assign({}, options)],
  ['spread for each connection', (options: ConnectionOptions) => ({ ...options })],
])('%s', (_, copyOf) => {
  test('present the newest certificate at each connection', async () => {
    const upstream = await startUpstream(localhost)
    const { context, rotate } = rotating()
    const options = context.connectOptions()
    const names: string[] = []
    for (let time = 0; time < 2; time++) {
      const secured = upstream.next()
      const socket = await dial({ ...at(upstream.port), servername: 'localhost', ...copyOf(options) })
      expect(socket.authorized).toBe(true)
      names.push(String((await secured).getPeerCertificate().subject.CN))
      await rotate()
    }
    expect(names).toEqual(['gateway', 'gateway-2'])
  })
})

test('upgrade a socket that is open already, as drivers of databases do', async () => {
  const upstream = await startUpstream(localhost)
  const { context } = rotating()
  // node-postgres: Object.assign({ socket }, ssl), then its host, where it is a name.
  const upgrade = async (host: string) => {
    const stream = connectTcp(upstream.port, '127.0.0.1')
    await once(stream, 'connect')
    const options: ConnectionOptions = Object.assign({ socket: stream }, context.connectOptions())
    if (isIP(host) === 0) options.servername = host
    return codeOf(options)
  }
  expect(await upgrade('localhost')).toBe('connected')
  expect(await upgrade('other.example')).toBe('ERR_UPSTREAM_HOST')
})

test('check an address, where the driver gives none and it is said here', async () => {
  const upstream = await startUpstream(localhost)
  const stream = () => connectTcp(upstream.port, '127.0.0.1')
  const { context } = rotating()
  expect(await codeOf({ socket: stream(), ...context.connectOptions({ host: '127.0.0.1' }) })).toBe('connected')
  expect(await codeOf({ socket: stream(), ...context.connectOptions({ host: '127.0.0.2' }) })).toBe('ERR_UPSTREAM_HOST')
})

test('refuse an unknown authority, by OpenSSL', async () => {
  const upstream = await startUpstream(serverCertificate(createAuthority('Unknown CA')))
  const options = { ...at(upstream.port), ...contextOf().connectOptions({ servername: 'localhost' }) }
  expect(await codeOf(options)).toBe('UNABLE_TO_VERIFY_LEAF_SIGNATURE')
  expect(upstream.received()).toBe(0)
})

test('expect whom the context expects, or the connection', async () => {
  const upstream = await startUpstream(localhost)
  const context = contextOf({ pem: pemOf(meshed('spiffe://mesh.example/ns/a/sa/b')) })
  const options = (target: object) => ({
    ...at(upstream.port),
    servername: 'localhost',
    ...context.connectOptions(target),
  })
  expect(await codeOf(options({}))).toBe('ERR_UPSTREAM_TRUST_DOMAIN')
  expect(await codeOf(options({ expectedServer: 'host' }))).toBe('connected')
  expect(() => context.connectOptions({ expectedServer: 'localhost' as never })).toThrow('expectedServer')
})

test('cannot check revocation, and say so', () => {
  const crl = { pem: mintCrl(servers).pem }
  expect(() => contextOf({ crl }).connectOptions()).toThrow('`connect()`')
  expect(() => contextOf({ policies: { accepted: ['1.2.3'] } }).connectOptions()).toThrow('policies')
})

test('throw where there is no certificate, and where the context is closed', async () => {
  const quiet = { info: () => {}, warn: () => {} }
  const waiting = contextOf({ directory: '/nowhere', layout: 'istio', whenMissing: 'wait', logger: quiet })
  const options = waiting.connectOptions()
  expect(() => ({ ...options })).toThrow(expect.objectContaining({ code: 'ERR_UPSTREAM_NOT_READY' }))
  await waiting.close()
  expect(() => options.secureContext).toThrow(expect.objectContaining({ code: 'ERR_UPSTREAM_CLOSED' }))
})

test('accept everybody only under dangerouslyDisableServerVerification', async () => {
  const upstream = await startUpstream(serverCertificate(createAuthority('Unknown CA')))
  const quiet = { info: () => {}, warn: () => {} }
  const context = contextOf({ [dangerouslyDisableServerVerification]: true, logger: quiet })
  expect(await codeOf({ ...at(upstream.port), ...context.connectOptions() })).toBe('connected')
})

test('follow() ends a connection of a driver with the certificate that it was made with', async () => {
  const upstream = await startUpstream(localhost)
  const { context, rotate } = rotating()
  const options = () => ({ ...at(upstream.port), ...context.connectOptions({ servername: 'localhost' }) })
  const old = await dial(options())
  const ended = once(old, 'error')
  await rotate()
  context.follow(old)
  const next = await dial(options())
  context.follow(next)
  expect((await ended)[0]).toMatchObject({ code: 'ERR_UPSTREAM_RETIRED' })
  expect(context.status().connections).toEqual({ open: 1, retiring: 0 })
})

describe.each([true, false])(
  "through one agent of Node's (keepAlive: %s), which knows connections and sessions by options of TLS",
  (keepAlive) => {
    const start = async () => {
      const agent = new Agent({ keepAlive })
      onTestFinished(() => agent.destroy())
      const { fullChainPem: cert, privateKeyPem: key } = localhost
      const server = createServer(
        { cert, key, requestCert: true, rejectUnauthorized: false },
        ({ socket }, response) => {
          response.end((socket as TLSSocket).getPeerCertificate().subject?.CN)
        },
      )
      const port = await listen(server)
      const get = async (options: ConnectionOptions): Promise<string> => {
        const [response] = (await once(request({ ...options, ...at(port), agent }).end(), 'response')) as [
          IncomingMessage,
        ]
        return text(response)
      }
      return get
    }

    test('no context gets a connection or a session of another, whose authorities it may not have', async () => {
      const get = await start()
      expect(await get(contextOf().connectOptions())).toBe('gateway')
      const other = clients.issue({ subject: 'other' })
      expect(await get(contextOf({ pem: pemOf(other) }).connectOptions())).toBe('other')
      const distrusting = contextOf({ pem: pemOf(ours, createAuthority('Other CA')) })
      await expect(get(distrusting.connectOptions())).rejects.toThrow('unable to verify')
    })

    test('nor does a change of material keep them', async () => {
      const get = await start()
      const { context, rotate } = rotating()
      const options = context.connectOptions()
      expect(await get(options)).toBe('gateway')
      await rotate()
      expect(await get(options)).toBe('gateway-2')
    })

    test('nor does anybody else who is expected', async () => {
      const get = await start()
      const context = contextOf()
      expect(await get(context.connectOptions())).toBe('gateway')
      const options = context.connectOptions({ expectedServer: { host: 'db.internal' } })
      await expect(get(options)).rejects.toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
    })
  },
)

test.each([
  ['hostname', { hostname: 'localhost' }, 'hostname'],
  ['a URL for the host', { host: 'https://localhost' }, 'host'],
  ['rejectUnauthorized', { rejectUnauthorized: false }, 'rejectUnauthorized'],
  ['port, which is the driver’s', { port: 443 }, 'port'],
  ['a bare string', 'localhost', 'options'],
])('refuse %s: nothing that is given is passed over', (_, target, option) => {
  const { connectOptions } = contextOf()
  expect(() => connectOptions(target as object)).toThrow(
    expect.objectContaining({ name: 'ConfigurationError', option }),
  )
})
