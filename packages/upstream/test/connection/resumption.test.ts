import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { serverCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import type { ConnectTarget, TlsContext } from '../../src/index.ts'
import {
  ask,
  contextOf,
  errorOf,
  localhost,
  ours,
  pemOf,
  servers,
  startUpstream,
  type Upstream,
  VERSIONS,
} from '../serving.ts'

/** Connects, talks until the tickets are there, and ends. @returns Whether the session was resumed. */
async function visit(context: TlsContext, target: ConnectTarget): Promise<boolean> {
  const socket = await context.connect(target)
  await ask(socket)
  const resumed = socket.isSessionReused()
  socket.end()
  await once(socket, 'close')
  return resumed
}

/** Servers that take each other's tickets, as behind one balancer. */
const ticketKeys = randomBytes(48)

describe.each(VERSIONS)('over %s', (version) => {
  const only = { minVersion: version, maxVersion: version, ticketKeys, sessionIdContext: 'test' } as const

  test('resumes, verifies again, and is asked for its name again', async () => {
    const upstream = await startUpstream(localhost, only)
    const context = contextOf()
    expect(await visit(context, upstream.target)).toBe(false)
    expect(await visit(context, upstream.target)).toBe(true)
  })

  test('refuses a resumed session once its certificate has expired (CVE-2026-48934)', async () => {
    const notAfter = new Date('2026-01-02T00:00:00Z')
    const upstream = await startUpstream(serverCertificate(servers, { notAfter }), only)
    let now = new Date('2026-01-01T00:00:00Z')
    const context = contextOf({ clock: () => now })
    await visit(context, upstream.target)
    now = new Date('2026-01-03T00:00:00Z')
    const received = upstream.received()
    const error = await errorOf(context.connect(upstream.target))
    expect(error).toMatchObject({
      code: 'ERR_UPSTREAM_CERTIFICATE',
      failure: { failure: { code: 'ERR_PATH_EXPIRED' } },
    })
    expect(upstream.received()).toBe(received)
  })

  test('verifies with the intermediate that was sent when the session was made', async () => {
    const upstream = await startUpstream(serverCertificate(servers.intermediate()), only)
    const context = contextOf()
    await visit(context, upstream.target)
    expect(await visit(context, upstream.target)).toBe(true)
  })

  test('offers a session to nobody else: not under another name, nor where another is expected', async () => {
    const both = serverCertificate(servers, { san: { dns: ['localhost', 'other.example'], ip: '127.0.0.1' } })
    const upstream = await startUpstream(both, only)
    const context = contextOf()
    await visit(context, upstream.target)
    expect(await visit(context, { ...upstream.target, servername: 'other.example' })).toBe(false)
    expect(await visit(context, { ...upstream.target, expectedServer: { host: 'other.example' } })).toBe(false)
    expect(await visit(context, upstream.target)).toBe(true)
  })

  test('shares no session between two contexts', async () => {
    const upstream = await startUpstream(localhost, only)
    await visit(contextOf(), upstream.target)
    expect(await visit(contextOf(), upstream.target)).toBe(false)
  })

  test('keeps none with `maxCachedSessions: 0`', async () => {
    const upstream = await startUpstream(localhost, only)
    const context = contextOf({ maxCachedSessions: 0 })
    await visit(context, upstream.target)
    expect(await visit(context, upstream.target)).toBe(false)
  })

  test('keeps none of a server that was refused', async () => {
    const upstream = await startUpstream(serverCertificate(servers, { san: { dns: 'other.example' } }), only)
    const context = contextOf()
    for (let time = 0; time < 2; time++) await errorOf(context.connect(upstream.target))
    const socket = await context.connect({ ...upstream.target, expectedServer: { host: 'other.example' } })
    expect(socket.isSessionReused()).toBe(false)
  })

  test('verifies anew where the server is another by now, whose ticket keys are others', async () => {
    const upstream = await startUpstream(localhost, only)
    const context = contextOf()
    await visit(context, upstream.target)
    const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(servers, { san: { dns: 'other.example' } })
    swap(upstream, { cert, key, ticketKeys: randomBytes(48) })
    expect(await errorOf(context.connect(upstream.target))).toMatchObject({ code: 'ERR_UPSTREAM_HOST' })
  })

  test('after a swap behind the same ticket keys it is the certificate of the session that counts, and that is verified', async () => {
    const upstream = await startUpstream(localhost, only)
    const context = contextOf()
    await visit(context, upstream.target)
    const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(servers)
    swap(upstream, { ...only, cert, key })
    expect(await visit(context, upstream.target)).toBe(true)
  })

  test('keeps nothing of before a rotation', async () => {
    const upstream = await startUpstream(localhost, only)
    const source = { name: 'test', load: () => material, watch: () => () => {} }
    let material = pemOf(ours)
    const context = contextOf({ source })
    await visit(context, upstream.target)
    material = pemOf(serverCertificate(servers, { eku: ['clientAuth'], subject: 'next' }))
    await context.reload()
    expect(context.status().rotations).toBe(1)
    expect(await visit(context, upstream.target)).toBe(false)
  })
})

test('a session of TLS 1.2 serves again and again; a ticket of TLS 1.3 once (RFC 8446 C.4), and Node’s servers send none on resumption', async () => {
  const resumed = async (version: (typeof VERSIONS)[number]) => {
    const upstream = await startUpstream(localhost, { minVersion: version, maxVersion: version })
    const context = contextOf()
    const visits: boolean[] = []
    for (let time = 0; time < 4; time++) visits.push(await visit(context, upstream.target))
    return visits
  }
  expect(await resumed('TLSv1.2')).toEqual([false, true, true, true])
  expect(await resumed('TLSv1.3')).toEqual([false, true, false, true])
})

function swap({ server }: Upstream, options: object): void {
  Reflect.apply(Reflect.get(server, 'setSecureContext') as (options: object) => void, server, [options])
}
