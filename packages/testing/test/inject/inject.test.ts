import { once } from 'node:events'
import { createServer as createHttpServer, type RequestListener } from 'node:http'
import { createSecureServer } from 'node:http2'
import { createServer } from 'node:https'
import { createServer as createNetServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TLSSocket } from 'node:tls'
import {
  createAuthority,
  headersFor,
  type InjectTarget,
  injectWithCertificate,
  serverCertificate,
} from '@clientcert/testing'
import express from 'express'
import express4 from 'express4'
import Fastify from 'fastify'
import { describe, expect, test } from 'vitest'

const root = createAuthority()
const alice = root.intermediate().issue('alice')
const identity = serverCertificate(root)
const tlsOptions = {
  cert: identity.fullChainPem,
  key: identity.privateKeyPem,
  requestCert: true,
  rejectUnauthorized: false,
}

const subjectOf = (socket: unknown) => (socket as Partial<TLSSocket>).getPeerX509Certificate?.()?.subject ?? null

/** Answers with what the connection showed and what the headers said. */
const listener: RequestListener = (request, response) => {
  response.end(
    JSON.stringify({ subject: subjectOf(request.socket), verdict: request.headers['ssl-client-verify'] ?? null }),
  )
}

describe('a request with a certificate', () => {
  test('reaches a Fastify application through a handshake, listening once', async () => {
    const app = Fastify({ https: tlsOptions })
    app.post('/who', (request) => ({ subject: subjectOf(request.raw.socket), body: request.body }))
    const ask = () =>
      injectWithCertificate(app, alice, {
        method: 'POST',
        path: '/who',
        body: '{"a":1}',
        headers: { 'Content-Type': 'application/json' },
      })
    const answers = await Promise.all([ask(), ask()])
    const address = app.server.address()
    for (const { statusCode, json } of [...answers, await ask()]) {
      expect(statusCode).toBe(200)
      expect(json()).toEqual({ subject: 'CN=alice', body: { a: 1 } })
    }
    expect(app.server.address()).toEqual(address)
    await app.close()
    expect(app.server.listening).toBe(false)
  })

  test('reaches a Fastify application over HTTP/2', async () => {
    const app = Fastify({ http2: true, https: tlsOptions })
    app.get('/', (request) => ({
      version: request.raw.httpVersion,
      subject: subjectOf(request.raw.stream.session?.socket),
    }))
    expect((await injectWithCertificate(app, alice, '/')).json()).toEqual({ version: '2.0', subject: 'CN=alice' })
    await app.close()
  })

  const express5 = express().use((request, response) => listener(request, response))
  const expressFour = express4().use((request, response) => listener(request, response))
  const targets: Array<[string, () => InjectTarget]> = [
    ['an https server', () => createServer(tlsOptions, listener)],
    ['an Express 5 application', () => express5],
    ['an Express 4 application', () => expressFour],
    ['a request listener', () => listener],
  ]
  test.each(targets)('reaches %s, and so does one without', async (_what, target) => {
    const app = target()
    expect((await injectWithCertificate(app, alice, '/')).json()).toEqual({ subject: 'CN=alice', verdict: null })
    expect((await injectWithCertificate(app, null, '/')).json()).toEqual({ subject: null, verdict: null })
    if ('close' in app && typeof app.close === 'function') app.close()
  })

  test('reaches an http2 server', async () => {
    const server = createSecureServer(tlsOptions, (request, response) => {
      response.end(String(subjectOf(request.stream.session?.socket)))
    })
    expect((await injectWithCertificate(server, alice, '/')).body).toBe('CN=alice')
    server.close()
  })

  test('reaches a server where it already listens', async () => {
    const server = createServer(tlsOptions, listener).listen(0)
    await once(server, 'listening')
    const before = server.address()
    expect((await injectWithCertificate(server, alice, '/')).json()).toMatchObject({ subject: 'CN=alice' })
    expect(server.address()).toEqual(before)
    server.close()
  })

  test('listens again after it was closed', async () => {
    const server = createServer(tlsOptions, listener)
    for (let round = 0; round < 2; round++) {
      expect((await injectWithCertificate(server, alice, '/')).statusCode).toBe(200)
      await new Promise((resolve) => server.close(resolve))
    }
  })

  test('is refused for a plain server, which could not see it', async () => {
    const server = createHttpServer(listener)
    await expect(injectWithCertificate(server, alice, '/')).rejects.toThrow(/plain HTTP/)
    expect((await injectWithCertificate(server, null, '/')).json()).toEqual({ subject: null, verdict: null })
    server.close()
  })

  test('is refused for what is no application, and for a server on a path', async () => {
    await expect(injectWithCertificate({} as InjectTarget, alice, '/')).rejects.toThrow(TypeError)
    const server = createNetServer().listen(join(tmpdir(), `clientcert-${process.pid}.sock`))
    await once(server, 'listening')
    await expect(injectWithCertificate(server, null, '/')).rejects.toThrow(/on a path/)
    server.close()
  })
})

describe('a request behind a proxy', () => {
  const echo: RequestListener = (request, response) => {
    response.end(JSON.stringify({ subject: subjectOf(request.socket), lines: request.rawHeaders }))
  }

  test('carries the proxy’s headers after the client’s own, over plain HTTP', async () => {
    const response = await injectWithCertificate(echo, alice, { path: '/', behind: 'nginx', headers: { 'x-own': '1' } })
    const { subject, lines } = response.json() as { subject: unknown; lines: string[] }
    const expected = Object.entries(headersFor('nginx', alice)).flat()
    expect(subject).toBeNull()
    expect(lines).toEqual(expect.arrayContaining(['x-own', '1', ...expected]))
  })

  test('carries the proxy’s verdict', async () => {
    const verdictOf = async (leaf: typeof alice | null, verify?: string) => {
      const behind = { proxy: 'nginx', ...(verify === undefined ? {} : { verify }) } as const
      return (await injectWithCertificate(listener, leaf, { behind })).json()
    }
    expect(await verdictOf(alice)).toMatchObject({ verdict: 'SUCCESS' })
    expect(await verdictOf(null)).toMatchObject({ verdict: 'NONE' })
    expect(await verdictOf(alice, 'FAILED:self-signed certificate')).toMatchObject({
      verdict: 'FAILED:self-signed certificate',
    })
  })

  test('comes from a proxy that shows a certificate of its own, where the application speaks TLS', async () => {
    const behind = { proxy: 'nginx', certificate: root.issue('ingress') } as const
    const { subject, lines } = (await injectWithCertificate(echo, alice, { behind })).json() as {
      subject: string
      lines: string[]
    }
    expect(subject).toBe('CN=ingress')
    expect(lines).toContain('CN=alice')
    const plain = createHttpServer(echo)
    await expect(injectWithCertificate(plain, alice, { behind })).rejects.toThrow(/plain HTTP/)
    plain.close()
  })

  test('reaches a Fastify application without TLS', async () => {
    const app = Fastify()
    app.get('/', (request) => request.headers['ssl-client-subject-dn'])
    expect((await injectWithCertificate(app, alice, { behind: 'nginx' })).body).toBe('CN=alice')
    await app.close()
  })
})
