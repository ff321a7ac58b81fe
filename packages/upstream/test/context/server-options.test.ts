import { once } from 'node:events'
import { createServer } from 'node:https'
import { connect, type TLSSocket } from 'node:tls'
import { serverCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { clients, contextOf, listen, pemOf, servers } from '../serving.ts'

const names = { dns: ['a.example', 'x.b.example'] }
const first = serverCertificate(servers, { subject: 'first', san: names })
const second = serverCertificate(servers, { subject: 'second', san: names })

async function terminating(hosts: readonly string[]) {
  let material = pemOf(first, clients)
  const context = contextOf({ hosts, source: { name: 'test', load: () => material, watch: () => () => {} } })
  const server = createServer({ ...context.serverOptions(), requestCert: true, rejectUnauthorized: false })
  server.on('tlsClientError', () => {})
  const port = await listen(server)
  const rotate = async () => {
    material = pemOf(second, clients)
    await context.reload()
  }
  return { context, port, rotate }
}

/** Of the server that answers; null where none does. */
async function presentedFor(port: number, servername: string, session?: Buffer): Promise<string | null> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername,
    rejectUnauthorized: false,
    ...(session ? { session } : {}),
  })
  onTestFinished(() => void socket.destroy())
  try {
    await once(socket, 'secureConnect')
  } catch {
    return null
  }
  return String(socket.getPeerCertificate().subject.CN)
}

describe('a server for the hosts of a context', () => {
  test.each(['a.example', 'A.EXAMPLE', 'x.b.example'])('presents its certificate for %s', async (servername) => {
    const { port } = await terminating(['a.example', '*.b.example'])
    expect(await presentedFor(port, servername)).toBe('first')
  })

  test.each(['other.example', 'b.example', 'y.x.b.example', 'xa.example', ''])(
    'presents nothing for %j',
    async (servername) => {
      const { port } = await terminating(['a.example', '*.b.example'])
      expect(await presentedFor(port, servername)).toBeNull()
    },
  )

  test('presents it for every name under `*`', async () => {
    const { port } = await terminating(['*'])
    expect(await presentedFor(port, 'whatever.example')).toBe('first')
  })

  test('presents the newest', async () => {
    const { port, rotate } = await terminating(['a.example'])
    expect(await presentedFor(port, 'a.example')).toBe('first')
    await rotate()
    expect(await presentedFor(port, 'a.example')).toBe('second')
  })

  test('resumes sessions though it asks for certificates', async () => {
    const { port } = await terminating(['a.example'])
    const dial = (session?: Buffer): TLSSocket =>
      connect({
        port,
        host: '127.0.0.1',
        servername: 'a.example',
        rejectUnauthorized: false,
        maxVersion: 'TLSv1.2',
        ...(session ? { session } : {}),
      })
    const one = dial()
    const [session] = (await once(one, 'session')) as [Buffer]
    one.destroy()
    const two = dial(session)
    onTestFinished(() => void two.destroy())
    await once(two, 'secureConnect')
  })

  test('presents nothing once the context is closed, and goes on', async () => {
    const { context, port } = await terminating(['a.example'])
    await context.close()
    expect(await presentedFor(port, 'a.example')).toBeNull()
    expect(await presentedFor(port, 'a.example')).toBeNull()
  })
})

test('a context without hosts is for origination only, and cannot terminate', () => {
  expect(() => contextOf({ name: 'upstream-context', hosts: [] }).serverOptions()).toThrow(
    'TLSContext upstream-context: has no `hosts`, so that it cannot terminate TLS',
  )
})
