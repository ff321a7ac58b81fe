import { once } from 'node:events'
import { type ConnectionOptions, connect, type TLSSocket } from 'node:tls'
import { serverCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { presentedIn, sessionKeyOf } from '../../src/connection/sessions.ts'
import { expectationOf } from '../../src/server/expectation.ts'
import { localhost, servers, startUpstream, VERSIONS } from '../serving.ts'

async function dial(
  port: number,
  options: ConnectionOptions = {},
  keep: (session: Buffer) => void = () => {},
): Promise<TLSSocket> {
  const socket = connect({
    port,
    host: '127.0.0.1',
    servername: 'localhost',
    rejectUnauthorized: false,
    ...options,
  })
  socket.on('session', keep)
  onTestFinished(() => void socket.destroy())
  await once(socket, 'secureConnect')
  return socket
}

describe.each(VERSIONS)('over %s', (version) => {
  const only = { minVersion: version, maxVersion: version } as const

  test('a resumed connection presents what its session was kept with, and nobody else (CVE-2026-48934)', async () => {
    // Node's servers write what they say at once before their tickets.
    const upstream = await startUpstream(localhost, {
      ...only,
      onConnection: (socket) => setImmediate(() => void socket.write('x')),
    })
    const sessions: Buffer[] = []
    const first = await dial(upstream.port, {}, (session) => sessions.push(session))
    const presented = presentedIn(first, undefined, 'a')
    await once(first, 'data')
    const session = sessions.at(-1) ?? Buffer.of()
    const resumed = await dial(upstream.port, { session })
    expect(resumed.isSessionReused()).toBe(true)
    expect(presentedIn(resumed, { session, presented }, 'a')).toBe(presented)
    const other = serverCertificate(servers).certificate.der
    const refusal = expect.objectContaining({ code: 'ERR_UPSTREAM_RESUMED' }) as Error
    expect(() => presentedIn(resumed, { session, presented: [other] }, 'a')).toThrow(refusal)
    expect(() => presentedIn(resumed, undefined, 'a')).toThrow(refusal)
  })
})

test('a server without a certificate is refused (RFC 8446 4.4.2)', async () => {
  const anonymous = { ciphers: 'AECDH-AES128-SHA:@SECLEVEL=0', maxVersion: 'TLSv1.2' } as const
  const upstream = await startUpstream(localhost, { ...anonymous, requestCert: false })
  const socket = await dial(upstream.port, anonymous)
  const refusal = expect.objectContaining({ code: 'ERR_UPSTREAM_NO_CERTIFICATE' }) as Error
  expect(() => presentedIn(socket, undefined, 'a')).toThrow(refusal)
})

test('a key is of one name, one server and one expectation', () => {
  const target = { host: 'a.example', port: 443 }
  const context = { ownSpiffeId: null, servername: 'a.example', host: 'a.example' }
  const expectation = expectationOf(undefined, context)
  const keys = [
    sessionKeyOf(target, 'a.example', expectation),
    sessionKeyOf(target, null, expectation),
    sessionKeyOf({ ...target, port: 444 }, 'a.example', expectation),
    sessionKeyOf({ ...target, host: 'b.example' }, 'a.example', expectation),
    sessionKeyOf(target, 'a.example', expectationOf({ host: 'b.example' }, context)),
  ]
  expect(new Set(keys).size).toBe(keys.length)
  expect(sessionKeyOf(target, 'a.example', expectationOf('host', context))).toBe(keys[0])
})
