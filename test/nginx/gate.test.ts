import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, request as requestOverHttp } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import { dns } from '@clientcert/core'
import { createAuthority, headersFor, serverCertificate, tlsRequest } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { alice, at } from '../proxies/application.ts'
import { findNginx, NGINX_MISSING } from '../servers/nginx.ts'
import { requireServer } from '../servers/requirement.ts'
import { authenticatorFor, behindNginx, startApplication, wordFor } from './behind-nginx.ts'

requireServer(findNginx(), NGINX_MISSING)

const UPSTREAM = serverCertificate(createAuthority('Upstream CA'))
const PASTED = headersFor('nginx', alice)

/** Asks the application past nginx. */
function askDirectly(where: Readonly<{ port: number } | { socketPath: string }>): Promise<void> {
  return new Promise((resolve, reject) => {
    const sent = requestOverHttp({ host: '127.0.0.1', ...where, headers: PASTED }, (response) => {
      response.resume().on('end', () => resolve())
    })
    sent.on('error', reject).end()
  })
}

describe('the gate', () => {
  test('knows nginx by its own certificate, which it presents upstream with proxy_ssl_certificate', async () => {
    const proxies = createAuthority({ subject: 'Proxies CA', at })
    const ingress = proxies.issue({ subject: 'ingress', san: { dns: 'ingress.internal' } })
    const from = {
      proxy: 'nginx',
      onlyFrom: {
        certificate: { trust: { pem: proxies.certificate.pem }, allow: dns('ingress.internal') },
      },
    } as const
    const application = await startApplication(authenticatorFor({ from, mode: 'optional' }), UPSTREAM)
    const port = application.port
    // nginx keeps TLS sessions by upstream and not by certificate: one that a server block made, another would resume.
    const beside = 'proxy_ssl_session_reuse off;'
    const upstream = (certificate: typeof ingress | null) =>
      ({ upstream: { protocol: 'https', port, certificate }, beside }) as const
    const ask = await behindNginx(
      {
        known: { verifyClient: 'optional', ...upstream(ingress) },
        unknown: { verifyClient: 'optional', ...upstream(proxies.issue({ san: { dns: 'other.internal' } })) },
        nameless: { verifyClient: 'optional', ...upstream(null) },
      },
      application,
    )
    expect(wordFor(await ask('known', alice))).toBe('accepted')
    expect(wordFor(await ask('known', null))).toBe('anonymous')
    for (const name of ['unknown', 'nameless'] as const) {
      for (const leaf of [alice, null]) {
        const { arrival } = await ask(name, leaf)
        expect(arrival?.decision).toMatchObject({
          failure: { code: 'ERR_EVIDENCE_UNTRUSTED_PEER', rule: 'certificate' },
        })
      }
    }
    // Alice herself, past nginx, is no proxy.
    await tlsRequest({ port, leaf: alice, headers: PASTED })
    expect(application.arrivals.at(-1)?.decision).toMatchObject({
      failure: { code: 'ERR_EVIDENCE_UNTRUSTED_PEER', rule: 'certificate' },
    })
  })

  test('knows nginx on connections that resume a TLS session, with the issuer of its certificate in the store', async () => {
    const proxies = createAuthority({ subject: 'Proxies CA', at })
    const issuer = proxies.intermediate('Proxies Intermediate')
    const certificate = issuer.issue({ san: { dns: 'ingress.internal' } })
    const pem = proxies.certificate.pem + issuer.certificate.pem
    const from = {
      proxy: 'nginx',
      onlyFrom: { certificate: { trust: { pem }, allow: dns('ingress.internal') } },
    } as const
    const application = await startApplication(authenticatorFor({ from }), UPSTREAM)
    const reused: boolean[] = []
    application.server.on('secureConnection', (socket: TLSSocket) => reused.push(socket.isSessionReused()))
    const upstream = { protocol: 'https', port: application.port, certificate } as const
    const ask = await behindNginx({ on: { upstream } }, application)
    for (let index = 0; index < 3; index++) expect(wordFor(await ask('on', alice))).toBe('accepted')
    expect(reused).toContain(true)
  })

  test('knows nginx by the Unix socket that only it can reach', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'clientcert-nginx-socket-'))
    onTestFinished(() => rmSync(folder, { recursive: true }))
    const path = join(folder, 'app.sock')
    const authenticator = authenticatorFor({ from: { proxy: 'nginx', onlyFrom: { unixSocket: path } } })
    const application = await startApplication(authenticator, { path })
    const ask = await behindNginx({ on: {} }, application, { protocol: 'http', unixSocket: path })
    expect(wordFor(await ask('on', alice))).toBe('accepted')
    // The same application over TCP is another way in.
    const overTcp = await startApplication(authenticator, 'http')
    await askDirectly({ port: overTcp.port })
    expect(overTcp.arrivals[0]?.decision).toMatchObject({
      failure: { code: 'ERR_EVIDENCE_UNTRUSTED_PEER', rule: 'unixSocket' },
    })
  })

  test('knows nginx by its address, whatever X-Forwarded-For says', async () => {
    const from = { proxy: 'nginx', onlyFrom: { addresses: ['127.0.0.9'] } } as const
    const application = await startApplication(authenticatorFor({ from }), 'http')
    const ask = await behindNginx(
      {
        elsewhere: {},
        // The client may write what it likes there, and this nginx hands it on.
        forwarding: { beside: 'proxy_set_header X-Real-IP $http_x_real_ip;' },
      },
      application,
    )
    for (const name of ['elsewhere', 'forwarding'] as const) {
      const headers = { 'X-Forwarded-For': '127.0.0.9', 'X-Real-IP': '127.0.0.9', Forwarded: 'for=127.0.0.9' }
      const { arrival } = await ask(name, alice, { headers })
      expect(arrival?.decision).toMatchObject({
        failure: { code: 'ERR_EVIDENCE_UNTRUSTED_PEER', rule: 'addresses', peer: '127.0.0.1' },
      })
    }
    const bound = await behindNginx({ bound: { beside: 'proxy_bind 127.0.0.9;' } }, application)
    expect(wordFor(await bound('bound', alice))).toBe('accepted')
  })
})

describe('the next proxy behind us', () => {
  test('gets none of the headers that nginx asserted, whoever the client is', async () => {
    const received: string[][] = []
    const next = createServer((request, response) => {
      received.push(Object.keys(request.headers))
      response.end()
    })
    await new Promise<void>((resolve) => next.listen(0, '127.0.0.1', resolve))
    onTestFinished(() => {
      next.close()
      next.closeAllConnections()
    })
    // As a gateway in Node forwards: the raw lines as they came.
    const forward = (lines: string[]) =>
      new Promise<void>((resolve, reject) => {
        const sent = requestOverHttp(
          { host: '127.0.0.1', port: (next.address() as AddressInfo).port, headers: lines },
          (response) => {
            response.resume().on('end', () => resolve())
          },
        )
        sent.on('error', reject).end()
      })
    const authenticator = authenticatorFor({ mode: 'accept-unverified' })
    const application = await startApplication(authenticator, 'http', (request) => forward(request.rawHeaders))
    const ask = await behindNginx({ lenient: { verifyClient: 'optional_no_ca' } }, application)
    const stranger = createAuthority({ subject: 'Other CA', at }).issue('mallory')
    const words = []
    for (const leaf of [alice, stranger, null])
      words.push(wordFor(await ask('lenient', leaf, { headers: { 'X-Kept': '1' } })))
    expect(words).toEqual(['accepted', 'unverified', 'anonymous'])
    expect(received).toHaveLength(3)
    for (const names of received) {
      expect(names).toContain('x-kept')
      expect(names.filter((name) => name.startsWith('ssl-'))).toEqual([])
    }
  })
})
