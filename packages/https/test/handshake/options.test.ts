import { createServer as createPlainServer } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:tls'
import { createAuthority } from '@clientcert/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { type ConfigurationError, type HandshakeOptions, refuseInHandshake, tlsOptions } from '../../src/index.ts'
import { authorityOf, crlOf, guardedServer, identity, knock, listen, outcomesOf } from './knocking.ts'

const root = authorityOf('Root')
const [alice, mallory] = [root.issue('alice'), root.issue('mallory')]
const options = { trust: { pem: root.certificate.pem }, revocation: { crls: { pem: crlOf(root, [mallory]) } } }
const guarded = guardedServer(options)
const authenticator = guarded.clientCertAuthenticator

/** As JavaScript may call it. */
const refuse = (given: { server?: object; tls?: object; options?: object }) =>
  refuseInHandshake((given.server ?? guarded) as Server, authenticator, given.tls ?? identity, given.options)

describe('is refused at construction, with the fix', () => {
  const plain = createPlainServer()
  test.each<[string, object, ConfigurationError['code'], string, RegExp]>([
    ['a server without TLS', { server: plain }, 'ERR_CONFIG_SERVER', 'server', /no server of TLS/],
    [
      'a server that never asks',
      { server: createHttpsServer({ ...identity, rejectUnauthorized: true }) },
      'ERR_CONFIG_SERVER',
      'server',
      /never asks.*tlsOptions/,
    ],
    ['ca', { tls: { ...identity, ca: 'pem' } }, 'ERR_CONFIG_VALUE', 'tls.ca', /`trust`/],
    ['crl', { tls: { ...identity, crl: 'pem' } }, 'ERR_CONFIG_VALUE', 'tls.crl', /revocation\.crls/],
    ['ticketKeys', { tls: { ticketKeys: Buffer.alloc(48) } }, 'ERR_CONFIG_VALUE', 'tls.ticketKeys', /resumed past it/],
    ['sessionIdContext', { tls: { sessionIdContext: 'a' } }, 'ERR_CONFIG_VALUE', 'tls.sessionIdContext', /resumed/],
    [
      'allowPartialTrustChain',
      { tls: { allowPartialTrustChain: true } },
      'ERR_CONFIG_VALUE',
      'tls.allowPartialTrustChain',
      /anchors/,
    ],
    [
      'what no context reads',
      { tls: { minVerson: 'TLSv1.3' } },
      'ERR_CONFIG_UNKNOWN_OPTION',
      'tls.minVerson',
      /minVersion/,
    ],
    [
      'options by which it would not ask',
      { tls: { requestCert: false } },
      'ERR_CONFIG_VALUE',
      'tls.requestCert',
      /true/,
    ],
    [
      'what is neither refusal nor its absence',
      { tls: { rejectUnauthorized: 0 } },
      'ERR_CONFIG_VALUE',
      'tls.rejectUnauthorized',
      /decided/,
    ],
    [
      'names of authorities, since those of the trust are sent',
      { tls: tlsOptions({ ...identity, sendCaNames: root.certificate.pem }) },
      'ERR_CONFIG_VALUE',
      'tls.ca',
      /sendCaNames/,
    ],
    [
      'hosts of another call of tlsOptions',
      { tls: tlsOptions({ ...identity, hosts: { 'a.example': {} } }) },
      'ERR_CONFIG_VALUE',
      'tls.SNICallback',
      /once/,
    ],
    ['a key that is not given again', { tls: {} }, 'ERR_CONFIG_MISSING', 'tls.cert', /keeps nothing/],
    ['an unknown option', { options: { crl: 'required' } }, 'ERR_CONFIG_UNKNOWN_OPTION', 'options.crl', /crls/],
    ['another word', { options: { crls: 'skip' } }, 'ERR_CONFIG_VALUE', 'options.crls', /left-out/],
    ['a limit below its range', { options: { maxCrlBytes: 1_023 } }, 'ERR_CONFIG_RANGE', 'options.maxCrlBytes', /1024/],
    [
      'a limit beyond its range',
      { options: { maxCrlBytes: 16_777_217 } },
      'ERR_CONFIG_RANGE',
      'options.maxCrlBytes',
      /16777216/,
    ],
    [
      'a time beyond its range',
      { options: { aheadSeconds: 604_801 } },
      'ERR_CONFIG_RANGE',
      'options.aheadSeconds',
      /604800/,
    ],
    ['a logger that cannot log', { options: { logger: {} } }, 'ERR_CONFIG_TYPE', 'options.logger', /info\(\)/],
  ])('%s', (_, given, code, option, message) => {
    expect(() => refuse(given)).toThrow(
      expect.objectContaining({ code, option, message: expect.stringMatching(message) as string }),
    )
    expect(guarded).toMatchObject({ rejectUnauthorized: false })
  })

  test('an authenticator that takes certificates from a header', () => {
    const behind = guardedServer({ ...options, from: { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } })
    expect(() => refuseInHandshake(behind, behind.clientCertAuthenticator, identity)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: 'authenticator' }),
    )
  })

  test.each(['before it is ready', 'after it is closed'])(
    'an authenticator %s, which trusts nobody: Node would trust every public authority',
    (when) => {
      const pending = { name: 'remote', load: () => new Promise<never>(() => {}) }
      const server = guardedServer({ ...options, ...(when === 'before it is ready' ? { trust: pending } : {}) })
      if (when === 'after it is closed') server.clientCertAuthenticator.close()
      expect(() => refuseInHandshake(server, server.clientCertAuthenticator, identity)).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_MISSING', message: expect.stringContaining('ready()') as string }),
      )
      server.clientCertAuthenticator.close()
    },
  )

  test("an authenticator without any CRL, unless they are 'left-out'", () => {
    const server = guardedServer({ trust: options.trust })
    const start = (crls: HandshakeOptions['crls'] & string) =>
      refuseInHandshake(server, server.clientCertAuthenticator, identity, { crls })
    expect(() => start('required')).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_CRL_MISSING' }))
    expect(start('left-out').status()).toMatchObject({ checksCrls: false, problems: [] })
  })

  test('a server for the second time', () => {
    const server = guardedServer(options)
    const { close } = refuseInHandshake(server, server.clientCertAuthenticator, identity)
    expect(() => refuseInHandshake(server, server.clientCertAuthenticator, identity)).toThrow(
      /refuses in the handshake already/,
    )
    close()
  })
})

describe('the server under it', () => {
  const started: { close: () => void }[] = []
  afterEach(() => {
    for (const { close } of started.splice(0)) close()
  })
  const start = (server: Server) => {
    const refusal = refuseInHandshake(server, authenticator, identity)
    started.push(refusal)
    return refusal
  }

  test('refuses who has no certificate, too, and says in status() whom it refused', async () => {
    const server = guardedServer({ ...options, mode: 'optional' })
    const stranger = authorityOf('Stranger').issue('eve')
    const late = root.issue({ subject: 'late', notBefore: new Date('2020-01-01'), notAfter: new Date('2020-01-02') })
    const forServers = root.issue({ subject: 'server', eku: ['serverAuth'] })
    const { status } = start(server)
    const port = await listen(server)
    expect(await outcomesOf(port, [alice, null, mallory, stranger, late, forServers])).toEqual([
      200,
      ...Array.from({ length: 5 }, () => 'closed'),
    ])
    expect(status().refused).toEqual({
      NO_CERTIFICATE: 1,
      CERT_REVOKED: 1,
      UNABLE_TO_VERIFY_LEAF_SIGNATURE: 1,
      CERT_HAS_EXPIRED: 1,
      INVALID_PURPOSE: 1,
    })
  })

  test('refuses all the same with a logger that throws, and says it by a warning of the process', async () => {
    const server = guardedServer(options)
    const full = () => {
      throw new Error('disk full')
    }
    const warned: string[] = []
    const listener = ({ message }: Error) => void warned.push(message)
    process.on('warning', listener)
    const { status, close } = refuseInHandshake(server, authenticator, identity, { logger: { info: full, warn: full } })
    started.push({ close })
    const port = await listen(server)
    expect(await outcomesOf(port, [null, mallory, alice])).toEqual(['closed', 'closed', 200])
    process.off('warning', listener)
    expect(warned).toEqual(['disk full', 'disk full'])
    expect(status().refused).toEqual({ NO_CERTIFICATE: 1, CERT_REVOKED: 1 })
  })

  test('is accepted by checkServer, and no other is that refuses in the handshake', () => {
    const [ours, others] = [
      createHttpsServer(tlsOptions(identity)),
      createHttpsServer({ ...identity, requestCert: true }),
    ]
    start(ours)
    expect(ours).toMatchObject({ rejectUnauthorized: true })
    expect(() => authenticator.checkServer(ours)).not.toThrow()
    expect(() => authenticator.checkServer(others)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_SERVER' }))
  })

  test('keeps its trust when its key and certificate are renewed', async () => {
    const server = guardedServer(options)
    start(server)
    const port = await listen(server)
    expect(() => server.setSecureContext({ ...identity, ca: mallory.certificate.pem })).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: 'options.ca' }),
    )
    server.setSecureContext(identity)
    expect(await outcomesOf(port, [alice, mallory])).toEqual([200, 'closed'])
  })

  test('keeps what it had where the new key and certificate do not fit', async () => {
    const server = guardedServer(options)
    start(server)
    const port = await listen(server)
    // No key of the pool, which hands out the same ones in turn.
    const another = createAuthority().issue('another').privateKeyPem
    // OpenSSL compares keys of one type only, and takes this one.
    const ofAnotherType = createAuthority().issue({ key: 'rsa2048' }).privateKeyPem
    for (const key of [another, ofAnotherType]) {
      expect(() => server.setSecureContext({ cert: identity.cert, key })).toThrow()
    }
    expect(await outcomesOf(port, [alice, mallory])).toEqual([200, 'closed'])
  })

  test('is of node:http2 as well', async () => {
    const server = createSecureServer({ ...tlsOptions(identity), allowHTTP1: true }, (_, response) =>
      response.end('in'),
    )
    start(server)
    const port = await listen(server)
    for (const protocol of ['h2', 'http/1.1'] as const) {
      expect(await knock(port, alice, { protocol })).toMatchObject({ outcome: 200 })
      expect(await knock(port, mallory, { protocol })).toMatchObject({ outcome: 'closed' })
    }
  })

  test('ends the following when it closes, and refuses as before where it listens again, under a new key as well', async () => {
    const server = guardedServer(options)
    const before = server.listenerCount('tlsClientError')
    start(server)
    await listen(server)
    expect(server.listenerCount('tlsClientError')).toBe(before + 1)
    await new Promise((resolve) => server.close(resolve))
    expect(server.listenerCount('tlsClientError')).toBe(before)
    server.setSecureContext(identity)
    const port = await listen(server)
    expect(await outcomesOf(port, [mallory])).toEqual(['closed'])
    expect((await knock(port, alice)).outcome).toBeTypeOf('number') // Refused behind the handshake: the server's own authenticator is closed.
  })
})
