/** `refuseAt`: who is refused in the handshake, for each host by its own trust, and who behind it. */
import { createServer as createHttpsServer } from 'node:https'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  ConfigurationError,
  createServer,
  guard,
  type HostOptions,
  type ServerOptions,
  subject,
  tlsOptions,
} from '../../src/index.ts'
import { authorityOf, crlOf, identity, knock, listen, outcomesOf } from './knocking.ts'

const [a, b] = [authorityOf('CA of a'), authorityOf('CA of b')]
const [alice, mallory, bob] = [a.issue('alice'), a.issue('mallory'), b.issue('bob')]
const [trustA, trustB] = [{ pem: a.certificate.pem }, { pem: b.certificate.pem }]
const handshake = { refuseAt: 'handshake' } as const

const serverOf = (options: Partial<ServerOptions>) =>
  createServer({ ...identity, ...options } as ServerOptions, (_, response) => void response.end('in'))

test("'request' is the default: everybody gets an answer", async () => {
  for (const options of [{}, { refuseAt: 'request' }] as const) {
    const server = serverOf({ trust: trustA, ...options })
    expect(server.clientCertHandshake).toBeNull()
    expect(await outcomesOf(await listen(server), [alice, bob, null])).toEqual([200, 401, 401])
  }
})

test("'handshake' closes the connection of strangers, of those without a certificate, and of the revoked", async () => {
  const revocation = { crls: { pem: crlOf(a, [mallory]) } }
  const server = serverOf({ trust: trustA, revocation, ...handshake })
  expect(await outcomesOf(await listen(server), [alice, bob, null, mallory])).toEqual([
    200,
    'closed',
    'closed',
    'closed',
  ])
  expect(server.clientCertHandshake?.status()).toMatchObject({ checksCrls: true, refused: { CERT_REVOKED: 1 } })
})

test('without any CRL it looks for none, and what it does with them can be said', async () => {
  const server = serverOf({ trust: trustA, ...handshake })
  expect(await outcomesOf(await listen(server), [alice, bob])).toEqual([200, 'closed'])
  expect(server.clientCertHandshake?.status().checksCrls).toBe(false)
  const revocation = { crls: { pem: crlOf(a, [mallory]) } }
  const leaving = serverOf({ trust: trustA, revocation, refuseAt: { handshake: { crls: 'left-out' } } })
  expect(await outcomesOf(await listen(leaving), [alice, mallory])).toEqual([200, 401])
})

describe('with hosts', () => {
  const HOSTS = { 'a.example': { trust: trustA }, 'b.example': { trust: trustB, ...identity } }
  const at = async (port: number, servername: string, host: string, leaf: typeof alice) =>
    (await knock(port, leaf, { servername, headers: { host } } as object)).outcome

  test('each name is refused by its own trust, and who asks for none by that of all of them', async () => {
    const port = await listen(serverOf({ hosts: HOSTS, ...handshake }))
    expect(await at(port, 'a.example', 'a.example', alice)).toBe(200)
    expect(await at(port, 'a.example', 'a.example', bob)).toBe('closed')
    expect(await at(port, 'B.EXAMPLE', 'b.example', bob)).toBe(200)
    expect(await at(port, 'b.example', 'b.example', alice)).toBe('closed')
    // Past the handshake it is the host of the request that counts.
    expect(await at(port, 'a.example', 'b.example', alice)).toBe(401)
    expect(await at(port, '', 'b.example', alice)).toBe(401)
    expect(await at(port, '', 'a.example', alice)).toBe(200)
    expect(await at(port, '', 'a.example', authorityOf('Unknown').issue('eve'))).toBe('closed')
  })

  test('trust that moves from one to another is followed, though the trust of all together stays', async () => {
    const held = { a: a.certificate, b: b.certificate }
    const sourceOf = (host: 'a' | 'b') => ({
      name: host,
      load: () => [{ der: held[host].der as never, origin: host }],
    })
    const hosts: Record<string, HostOptions> = {
      'a.example': { trust: sourceOf('a') },
      'b.example': { trust: sourceOf('b') },
    }
    const server = serverOf({ hosts, ...handshake })
    const port = await listen(server)
    expect(await at(port, 'a.example', 'a.example', alice)).toBe(200)
    const { session } = await knock(port, alice, { servername: 'a.example', headers: { host: 'a.example' } } as object)
    Object.assign(held, { a: b.certificate, b: a.certificate })
    await server.clientCertAuthenticator.reload()
    expect(await at(port, 'a.example', 'a.example', alice)).toBe('closed')
    expect(await at(port, 'b.example', 'b.example', alice)).toBe(200)
    const resumed = await knock(port, alice, {
      servername: 'a.example',
      headers: { host: 'a.example' },
      session,
    } as object)
    expect(resumed.outcome).not.toBe(200)
  })
})

describe('is refused at construction', () => {
  const file = { trust: trustA }
  test.each<[string, object, string, ConfigurationError['code']]>([
    ['another word', { ...file, refuseAt: 'tls' }, 'refuseAt', 'ERR_CONFIG_VALUE'],
    ['null', { ...file, refuseAt: null }, 'refuseAt', 'ERR_CONFIG_VALUE'],
    [
      'an unknown option',
      { ...file, refuseAt: { handshake: {}, crls: 'required' } },
      'refuseAt.crls',
      'ERR_CONFIG_UNKNOWN_OPTION',
    ],
    [
      'a wrong one within',
      { ...file, refuseAt: { handshake: { crls: 'never' } } },
      'refuseAt.handshake.crls',
      'ERR_CONFIG_VALUE',
    ],
    [
      'a misspelt one within',
      { ...file, refuseAt: { handshake: { crl: 'required' } } },
      'refuseAt.handshake.crl',
      'ERR_CONFIG_UNKNOWN_OPTION',
    ],
    [
      'a logger within that is none',
      { ...file, refuseAt: { handshake: { logger: 1 } } },
      'refuseAt.handshake.logger',
      'ERR_CONFIG_TYPE',
    ],
    ['nothing within', { ...file, refuseAt: {} }, 'refuseAt.handshake', 'ERR_CONFIG_TYPE'],
    ['a mode that lets others in', { ...file, ...handshake, mode: 'optional' }, 'mode', 'ERR_CONFIG_VALUE'],
    [
      'one of a host',
      { hosts: { 'a.example': { ...file, mode: 'off' } }, ...handshake },
      "hosts['a.example'].mode",
      'ERR_CONFIG_VALUE',
    ],
    ['names of authorities', { ...file, ...handshake, sendCaNames: trustA.pem }, 'sendCaNames', 'ERR_CONFIG_VALUE'],
    [
      'ticket keys that stay',
      { ...file, ...handshake, ticketKeys: Buffer.alloc(48) },
      'ticketKeys',
      'ERR_CONFIG_VALUE',
    ],
    [
      'headers of a proxy',
      { ...file, ...handshake, from: { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.1'] } } },
      'refuseAt',
      'ERR_CONFIG_VALUE',
    ],
    [
      'trust that is not there yet',
      { trust: { name: 'slow', load: () => new Promise(() => {}) }, ...handshake },
      'refuseAt',
      'ERR_CONFIG_VALUE',
    ],
    [
      'an authority without a CRL, where there are some',
      { trust: [trustA, trustB], revocation: { crls: { pem: crlOf(a) } }, ...handshake },
      'authenticator',
      'ERR_CONFIG_CRL_MISSING',
    ],
  ])('%s', (_, options, option, code) => {
    let server: ReturnType<typeof createServer> | undefined
    onTestFinished(() => server?.clientCertAuthenticator.close())
    const create = () => {
      server = serverOf(options)
    }
    expect(create).toThrow(ConfigurationError)
    expect(create).toThrow(expect.objectContaining({ code, option }))
  })
})

test('a route of a mode that lets others in is refused, since they never come as far; one of stricter rules is not', async () => {
  const server = serverOf({ trust: trustA, ...handshake })
  onTestFinished(() => server.clientCertAuthenticator.close())
  const listener = () => {}
  for (const [given, option] of [
    ['optional', 'route'],
    [{ mode: 'off' }, 'route.mode'],
  ] as const) {
    expect(() => server.clientCertRoute(given, listener)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option }),
    )
  }
  expect(() => server.clientCertRoute('required', listener)).not.toThrow()
  expect(() => server.clientCertRoute({ allow: subject('CN=alice') }, listener)).not.toThrow()
  const answering = serverOf({ trust: trustA })
  onTestFinished(() => answering.clientCertAuthenticator.close())
  expect(() => answering.clientCertRoute('optional', listener)).not.toThrow()
})

test('guard, which has no such option, says who has', () => {
  const start = () => guard(createHttpsServer(tlsOptions(identity)), { trust: trustA, ...handshake })
  expect(start).toThrow(
    expect.objectContaining({
      code: 'ERR_CONFIG_UNKNOWN_OPTION',
      option: 'refuseAt',
      message: expect.stringMatching(/createServer.*refuseInHandshake/) as string,
    }),
  )
})
