import { createServer as createHttpServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import { DEFAULT_CLOCK, tlsRequest } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { describeRevocation } from '../../../test/revocation/adapter-contract.ts'
import { createRevocableClient } from '../../../test/revocation/published-clients.ts'
import { clientCert, clientCertErrors, tlsOptions } from '../src/index.ts'
import { createLog, echo, identity, listen, listenTls, VERSIONS } from './serving.ts'

const clock = () => DEFAULT_CLOCK

describe.each(VERSIONS)('%s', (_, createApp) => {
  describeRevocation(async (options, over) => {
    const log = createLog()
    const guard = clientCert({ ...options, logger: log })
    const app = createApp()
    app.use(guard)
    app.get('/', echo)
    app.use(clientCertErrors())
    const server = over === 'tls' ? createHttpsServer(tlsOptions(identity), app) : createHttpServer(app)
    return { port: await listen(server), reload: guard.authenticator.reload, logged: () => log.lines }
  })

  test('a client that is revoked is refused by the guard of a route, alone and behind another', async () => {
    const { trust, alice, revocation, revoke } = createRevocableClient()
    const guard = clientCert({ trust, clock, revocation, mode: 'off' })
    const app = createApp()
    app.get('/alone', guard.route('optional'), echo)
    app.use(guard)
    app.get('/behind', guard.route('accept-unverified'), echo)
    app.use(clientCertErrors())
    const port = await listenTls(app)
    const answers = async () => {
      const responses = []
      for (const path of ['/alone', '/behind']) responses.push(await tlsRequest({ port, leaf: alice, path }))
      return responses.map(({ statusCode, body }) => ({ statusCode, body: JSON.parse(body) as unknown }))
    }
    const accepted = { statusCode: 200, body: { subject: 'CN=alice', outcome: 'accepted' } }
    expect(await answers()).toEqual([accepted, accepted])
    revoke()
    await guard.authenticator.reload()
    expect(await answers()).toEqual([
      { statusCode: 401, body: { message: 'TLS certificate failed verification' } },
      // For applications that validate by themselves: passed on, and nobody.
      { statusCode: 200, body: { subject: null, outcome: 'unverified' } },
    ])
  })
})
