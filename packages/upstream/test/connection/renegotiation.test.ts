import { constants } from 'node:crypto'
import { once } from 'node:events'
import { connect, createSecureContext, type TLSSocket } from 'node:tls'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { contextOf, localhost, startUpstream } from '../serving.ts'

const stranger = serverCertificate(createAuthority('Other CA'))

/** A server that, once it is asked, comes back with a certificate that nobody here trusts. @returns What becomes of that. */
async function startChanging() {
  let tell: (outcome: 'renegotiated' | 'refused') => void = () => {}
  const outcome = new Promise<string>((resolve) => {
    tell = resolve
  })
  const change = (socket: TLSSocket) => {
    socket.setKeyCert(createSecureContext({ cert: stranger.fullChainPem, key: stranger.privateKeyPem }))
    socket.once('error', () => tell('refused'))
    socket.renegotiate({}, () => tell('renegotiated'))
  }
  const upstream = await startUpstream(localhost, {
    maxVersion: 'TLSv1.2',
    // Otherwise it would resume, and show nothing.
    secureOptions: constants.SSL_OP_NO_SESSION_RESUMPTION_ON_RENEGOTIATION | constants.SSL_OP_NO_TICKET,
    onConnection: (socket) => void socket.once('data', () => change(socket)),
  })
  return { upstream, outcome }
}

describe('a server that asks for another handshake on a connection in use (RFC 5246 7.4.1.1)', () => {
  test('is refused it: its new certificate would be looked at by nobody', async () => {
    const { upstream, outcome } = await startChanging()
    const socket = await contextOf().connect(upstream.target)
    socket.on('error', () => {}).write('ping')
    expect(await outcome).toBe('refused')
  })

  test('is refused it by raw options too', async () => {
    const { upstream, outcome } = await startChanging()
    const options = { ...contextOf().connectOptions({ host: 'localhost' }), ...upstream.target }
    const socket = connect(options).on('error', () => {})
    await once(socket, 'secureConnect')
    socket.write('ping')
    expect(await outcome).toBe('refused')
    socket.destroy()
  })
})
