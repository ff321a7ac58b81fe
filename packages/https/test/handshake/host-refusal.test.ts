/** `refuseInHandshake` on servers of `tlsOptions({ hosts })`, whoever makes them: each host refuses by its own trust, under its own key and certificate. */
import { createSecureServer } from 'node:http2'
import { createServer as createHttpsServer } from 'node:https'
import { type Leaf, serverCertificate } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { followServerCertificate, guard, refuseInHandshake, tlsOptions, withClientCert } from '../../src/index.ts'
import { authorityOf, identity, knock, listen } from './knocking.ts'

const [a, b] = [authorityOf('CA of a'), authorityOf('CA of b')]
const [alice, bob] = [a.issue('alice'), b.issue('bob')]
const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(authorityOf('Server CA'), { subject: 'b.example' })
const trustB = { pem: b.certificate.pem }
const HOSTS = { 'a.example': { trust: { pem: a.certificate.pem } }, '*.b.example': { trust: trustB, key, cert } }
const LEFT_OUT = { crls: 'left-out' } as const

const at = async (port: number, host: string, leaf: Leaf, more: object = {}) =>
  (await knock(port, leaf, { servername: host, headers: { host }, ...more } as object)).outcome

async function expectEachByItsOwn(port: number, more: object = {}): Promise<void> {
  expect(await at(port, 'a.example', alice, more)).toBe(200)
  expect(await at(port, 'X.b.example', bob, more)).toBe(200)
  expect(await at(port, 'a.example', bob, more)).toBe('closed')
  expect(await at(port, 'x.b.example', alice, more)).toBe('closed')
}

test('of node:https, with the key and certificate alone or with all that tlsOptions returned', async () => {
  for (const whole of [false, true]) {
    const tls = tlsOptions({ ...identity, hosts: HOSTS })
    const server = guard(
      createHttpsServer(tls, (_, response) => response.end('in')),
      { hosts: HOSTS },
    )
    refuseInHandshake(server, server.clientCertAuthenticator, whole ? tls : identity, LEFT_OUT)
    await expectEachByItsOwn(await listen(server))
  }
})

test('of node:http2, whose options are passed over', async () => {
  const tls = { ...tlsOptions({ ...identity, hosts: HOSTS }), allowHTTP1: true, ALPNProtocols: ['h2', 'http/1.1'] }
  const listener = withClientCert({ hosts: HOSTS }, (_, response) => response.end('in'))
  onTestFinished(() => listener.authenticator.close())
  const server = createSecureServer(tls, listener as never)
  refuseInHandshake(server, listener.authenticator, tls, LEFT_OUT)
  const port = await listen(server)
  for (const protocol of ['h2', 'http/1.1']) await expectEachByItsOwn(port, { protocol })
})

test('the same options are good for followServerCertificate', async () => {
  const tls = tlsOptions({ ...identity, hosts: HOSTS, minVersion: 'TLSv1.3' })
  const server = guard(
    createHttpsServer(tls, (_, response) => response.end('in')),
    { hosts: HOSTS },
  )
  refuseInHandshake(server, server.clientCertAuthenticator, tls, LEFT_OUT)
  const missing = { certFile: '/nowhere/tls.crt', keyFile: '/nowhere/tls.key' }
  onTestFinished(() => server.clientCertAuthenticator.close())
  // As far as the files.
  expect(() => followServerCertificate(server, { ...missing, tls })).toThrow(/ENOENT/)
  expect(() => followServerCertificate(server, { ...missing, tls: tlsOptions({ ...identity, hosts: HOSTS }) })).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: 'tls.SNICallback' }),
  )
})

test('after close() the hosts stay as they were, and trust no public authority', async () => {
  const tls = tlsOptions({ ...identity, hosts: HOSTS })
  const server = guard(
    createHttpsServer(tls, (_, response) => response.end('in')),
    { hosts: HOSTS },
  )
  const { close } = refuseInHandshake(server, server.clientCertAuthenticator, tls, LEFT_OUT)
  close()
  await expectEachByItsOwn(await listen(server))
})

describe('is refused at construction', () => {
  const serve = (hosts: object, decided: object, shared = tlsOptions({ ...identity, hosts } as never)) => {
    const server = createHttpsServer(shared)
    const { authenticator } = withClientCert(decided as never, () => {})
    onTestFinished(() => authenticator.close())
    return { shared, start: () => refuseInHandshake(server, authenticator, identity, LEFT_OUT) }
  }

  test('an authenticator without these hosts', () => {
    for (const decided of [{ trust: trustB }, { hosts: { 'a.example': { trust: trustB } } }]) {
      expect(serve(HOSTS, decided).start).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_SERVER', message: expect.stringContaining('`hosts`') as string }),
      )
    }
  })

  test('a host that names authorities, since those of its trust are sent', () => {
    const hosts = { ...HOSTS, 'c.example': { trust: trustB, sendCaNames: trustB.pem } }
    expect(serve(hosts, { hosts }).start).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: "hosts['c.example'].sendCaNames" }),
    )
  })

  test('hosts that another server has, as long as that one refuses', () => {
    const first = serve(HOSTS, { hosts: HOSTS })
    const { close } = first.start()
    const second = serve(HOSTS, { hosts: HOSTS }, first.shared)
    expect(second.start).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_SERVER' }))
    close()
    expect(() => second.start().close()).not.toThrow()
  })
})
