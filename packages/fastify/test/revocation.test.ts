import { createTlsClient, tlsRequest } from '@clientcert/testing'
import Fastify from 'fastify'
import { expect, onTestFinished, test } from 'vitest'
import { describeRevocation } from '../../../test/revocation/adapter-contract.ts'
import { createRevocableClient } from '../../../test/revocation/published-clients.ts'
import { clientCert, tlsOptions } from '../src/index.ts'
import { clock, createLog, http2App, serverKeyAndCert, tlsApp, whoami } from './apps.ts'

const portOf = (address: string): number => Number(new URL(address).port)

describeRevocation(async (options, over) => {
  const log = createLog()
  const app = Fastify({ https: over === 'tls' ? tlsOptions(serverKeyAndCert) : null, logger: log.logger })
  onTestFinished(async () => app.close())
  await app.register(clientCert, options)
  app.get('/', whoami)
  const port = portOf(await app.listen({ port: 0, host: '127.0.0.1' }))
  const logged = () => log.lines.map((line) => JSON.stringify(line))
  return { port, reload: () => app.clientCertAuthenticator.reload(), logged }
})

test.each(['http/1.1', 'h2'] as const)(
  'a client of %s that is revoked while its connection is open is refused on its next request',
  async (protocol) => {
    const { trust, alice, revocation, revoke } = createRevocableClient()
    const log = createLog()
    const app = http2App(log)
    await app.register(clientCert, { trust, clock, revocation })
    app.get('/', whoami)
    const port = portOf(await app.listen({ port: 0, host: '127.0.0.1' }))
    const client = await createTlsClient({ port, leaf: alice, protocol })
    for (let round = 0; round < 2; round++) expect((await client.request('/')).statusCode).toBe(200)
    revoke()
    await app.clientCertAuthenticator.reload()
    expect((await client.request('/')).statusCode).toBe(401)
    expect(log.codes()).toEqual(['ERR_REVOCATION_REVOKED'])
    await client.close()
  },
)

test("a client that is revoked is refused where the application itself asks (mode 'manual'), and in a scope of its own", async () => {
  const { trust, alice, revocation, revoke } = createRevocableClient()
  const app = tlsApp()
  await app.register(clientCert, { trust, clock, revocation, mode: 'manual' })
  app.get('/manual', { preHandler: async (request) => app.verifyClientCert(request) }, whoami)
  const authenticators = [app.clientCertAuthenticator]
  await app.register(async (child) => {
    await child.register(clientCert, { trust, clock, revocation })
    authenticators.push(child.clientCertAuthenticator)
    child.get('/scope', whoami)
  })
  const port = portOf(await app.listen({ port: 0, host: '127.0.0.1' }))
  const statuses = async () => {
    const codes = []
    for (const path of ['/manual', '/scope']) codes.push((await tlsRequest({ port, leaf: alice, path })).statusCode)
    return codes
  }
  expect(await statuses()).toEqual([200, 200])
  revoke()
  await Promise.all(authenticators.map((each) => each.reload()))
  expect(await statuses()).toEqual([401, 401])
})
