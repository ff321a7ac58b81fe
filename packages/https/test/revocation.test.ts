import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { createTlsClient, DEFAULT_CLOCK, tlsRequest } from '@clientcert/testing'
import { expect, test, vi } from 'vitest'
import { WebSocketServer } from 'ws'
import { describeRevocation } from '../../../test/revocation/adapter-contract.ts'
import { createRevocableClient } from '../../../test/revocation/published-clients.ts'
import { createServer, guard, tlsOptions, withClientCert } from '../src/index.ts'
import { createLog, echo, identity, listen } from './serving.ts'

const clock = () => DEFAULT_CLOCK

describeRevocation(async (options, over) => {
  const log = createLog()
  const given = { ...options, logger: log }
  const server = over === 'tls' ? createServer({ ...identity, ...given }) : guard(createHttpServer(), given)
  server.on('request', (_request, response) => void response.end('ok'))
  return { port: await listen(server), reload: server.clientCertAuthenticator.reload, logged: () => log.lines }
})

test('a client that is revoked gets no WebSocket (nginx 18711f775)', async () => {
  const { trust, alice, revocation, revoke } = createRevocableClient()
  const server = createServer({ ...identity, trust, clock, revocation })
  const connected = vi.fn()
  new WebSocketServer({ server }).on('connection', connected)
  const port = await listen(server)
  const upgrade = async () => {
    const client = await createTlsClient({ port, leaf: alice })
    const { statusCode } = await client.upgrade()
    await client.close()
    return statusCode
  }
  expect(await upgrade()).toBe(101)
  revoke()
  await server.clientCertAuthenticator.reload()
  expect(await upgrade()).toBe(401)
  expect(connected).toHaveBeenCalledTimes(1)
})

test('nor past a guard of a part of the application, or of a listener by itself', async () => {
  const { trust, alice, revocation, revoke } = createRevocableClient()
  const part = createServer({ ...identity, trust, clock, revocation, mode: 'off' })
  part.on('request', part.clientCertRoute('required', echo))
  const listener = withClientCert({ trust, clock, revocation }, echo)
  const alone = createHttpsServer(tlsOptions(identity), listener)
  const ports = [await listen(part), await listen(alone)]
  const statuses = () => Promise.all(ports.map(async (port) => (await tlsRequest({ port, leaf: alice })).statusCode))
  expect(await statuses()).toEqual([200, 200])
  revoke()
  await Promise.all([part.clientCertAuthenticator.reload(), listener.authenticator.reload()])
  expect(await statuses()).toEqual([401, 401])
})
