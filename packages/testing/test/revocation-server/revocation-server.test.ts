import { request } from 'node:http'
import { request as tlsRequest } from 'node:https'
import { connect } from 'node:net'
import {
  createAuthority,
  type Fault,
  type RevocationServer,
  type RevocationServerOptions,
  startRevocationServer,
} from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'

const CRL = Buffer.from('what would be a CRL')

async function started(options: RevocationServerOptions = {}): Promise<RevocationServer> {
  const server = await startRevocationServer(options)
  onTestFinished(() => server.close())
  return server
}

type Outcome = Readonly<{ status: number; headers: Record<string, unknown>; body: Buffer; isComplete: boolean }>

/** What a client sees; rejects where there is no answer. */
function ask(
  url: string,
  options: { method?: string; body?: Uint8Array; ca?: string; maxBytes?: number } = {},
): Promise<Outcome> {
  const { method = 'GET', body, ca, maxBytes = 1_000_000 } = options
  return new Promise((resolve, reject) => {
    const make = url.startsWith('https:') ? tlsRequest : request
    const asking = make(url, { method, agent: false, ...(ca === undefined ? {} : { ca }) }, (response) => {
      const chunks: Buffer[] = []
      let length = 0
      const end = () =>
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          isComplete: response.complete,
        })
      response.on('data', (chunk: Buffer) => {
        chunks.push(chunk)
        length += chunk.length
        if (length > maxBytes) response.destroy()
      })
      response.on('close', end).on('error', () => {})
    })
    asking.on('error', reject)
    asking.end(body)
  })
}

describe('a server of CRLs', () => {
  test('serves octets and what makes them, counts by path, and knows what arrived', async () => {
    let made = 0
    const crls = { '/a.crl': CRL, '/b.crl': () => Buffer.from(`made ${++made}`) }
    const server = await started({ crls, headers: { 'cache-control': 'max-age=60' } })
    expect(await ask(server.url('/a.crl'))).toMatchObject({
      status: 200,
      body: CRL,
      headers: { 'content-type': 'application/pkix-crl', 'cache-control': 'max-age=60', 'content-length': '19' },
    })
    expect((await ask(server.url('/b.crl'))).body.toString()).toBe('made 1')
    expect((await ask(server.url('/b.crl'))).body.toString()).toBe('made 2')
    expect([server.count('/a.crl'), server.count('/b.crl'), server.count('/c.crl')]).toEqual([1, 2, 0])
    expect(server.received.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /a.crl',
      'GET /b.crl',
      'GET /b.crl',
    ])
  })

  test('has nothing at other paths, and nothing for other methods', async () => {
    const server = await started({ crls: { '/a.crl': CRL } })
    expect((await ask(server.url('/b.crl'))).status).toBe(404)
    expect((await ask(server.url('/a.crl'), { method: 'POST' })).status).toBe(404)
    server.publish('/b.crl', CRL)
    expect((await ask(server.url('/b.crl'))).status).toBe(200)
  })

  test('speaks https with a certificate of the authority', async () => {
    const tls = createAuthority('Web CA')
    const server = await started({ crls: { '/a.crl': CRL }, tls })
    expect(server.url('/a.crl')).toBe(`https://127.0.0.1:${server.port}/a.crl`)
    expect((await ask(server.url('/a.crl', 'localhost'), { ca: tls.certificate.pem })).body).toEqual(CRL)
    await expect(ask(server.url('/a.crl'))).rejects.toThrow('unable to verify')
  })
})

describe('a responder', () => {
  // Its base64 has a slash, a plus and padding.
  const der = Buffer.of(0x30, 0xff, 0xfb, 0xef, 0xbf, 0x01, 0x02)
  const respond = (octets: Uint8Array) => Buffer.concat([Buffer.from('re:'), octets])

  test('is asked by POST (RFC 6960 A.1)', async () => {
    const server = await started({ ocsp: { '/ocsp': respond } })
    const answer = await ask(server.url('/ocsp'), { method: 'POST', body: der })
    expect(answer).toMatchObject({ body: respond(der), headers: { 'content-type': 'application/ocsp-response' } })
    expect(server.count('/ocsp')).toBe(1)
  })

  test('and by GET, with the slashes of base64 encoded or not', async () => {
    const server = await started({ ocsp: { '/ocsp': (octets) => Promise.resolve(respond(octets)) } })
    const base64 = der.toString('base64')
    expect(base64).toMatch(/\/.*=$/)
    for (const path of [`/ocsp/${encodeURIComponent(base64)}`, `/ocsp/${base64}`]) {
      expect((await ask(server.url(path))).body).toEqual(respond(der))
    }
    expect(server.count('/ocsp')).toBe(2)
    for (const path of ['/ocsp', '/ocsp/', '/ocsp/%', '/ocsp/!!!!', '/other/AAAA']) {
      expect((await ask(server.url(path))).status).toBe(404)
    }
  })

  test('that throws ends the connection', async () => {
    const server = await started({
      ocsp: {
        '/ocsp': () => {
          throw new Error('down')
        },
      },
    })
    await expect(ask(server.url('/ocsp'), { method: 'POST' })).rejects.toThrow('socket hang up')
  })
})

describe('faults are switched while it runs', () => {
  async function broken(fault: Fault): Promise<RevocationServer> {
    const server = await started({ crls: { '/a.crl': CRL } })
    server.setFault(fault)
    return server
  }

  test('of one path or of all, and mended', async () => {
    const server = await started({ crls: { '/a.crl': CRL, '/b.crl': CRL } })
    const statuses = async () => [(await ask(server.url('/a.crl'))).status, (await ask(server.url('/b.crl'))).status]
    server.setFault({ kind: 'status', status: 500 }, '/a.crl')
    expect(await statuses()).toEqual([500, 200])
    server.setFault({ kind: 'status', status: 503 })
    expect(await statuses()).toEqual([500, 503])
    server.setFault(null)
    server.setFault(null, '/a.crl')
    expect(await statuses()).toEqual([200, 200])
    expect(server.count('/a.crl')).toBe(3)
  })

  test('a responder that is broken makes nothing', async () => {
    let made = 0
    const server = await started({ ocsp: { '/ocsp': () => Buffer.of(++made) } })
    server.setFault({ kind: 'status', status: 500 })
    await ask(server.url('/ocsp'), { method: 'POST' })
    expect(made).toBe(0)
  })

  test('slow and trickle send it all, in the end', async () => {
    for (const fault of [
      { kind: 'slow', delayMs: 5 },
      { kind: 'trickle', everyMs: 1 },
    ] as const) {
      expect((await ask((await broken(fault)).url('/a.crl'))).body).toEqual(CRL)
    }
  })

  test('hanging takes the request and sends nothing, until the server is closed', async () => {
    const server = await broken({ kind: 'hanging' })
    const answer = ask(server.url('/a.crl')).catch((error: unknown) => String(error))
    while (server.count('/a.crl') === 0) await new Promise(setImmediate)
    await server.close()
    expect(await answer).toContain('hang up')
  })

  test('garbage is an answer of 200 that is no DER', async () => {
    const { status, body } = await ask((await broken({ kind: 'garbage' })).url('/a.crl'))
    expect({ status, first: body[0] }).toEqual({ status: 200, first: '<'.charCodeAt(0) })
  })

  test('not-http and huge-head are refused by a parser', async () => {
    await expect(ask((await broken({ kind: 'not-http' })).url('/a.crl'))).rejects.toThrow('Parse Error')
    await expect(ask((await broken({ kind: 'huge-head' })).url('/a.crl'))).rejects.toThrow('overflow')
  })

  test('huge never ends', async () => {
    const { body, isComplete } = await ask((await broken({ kind: 'huge' })).url('/a.crl'), { maxBytes: 3_000_000 })
    expect(body.length).toBeGreaterThan(3_000_000)
    expect(isComplete).toBe(false)
  })

  test('redirect has a Location and the status that is asked for', async () => {
    const to = 'http://169.254.169.254/'
    for (const [fault, status] of [
      [{ kind: 'redirect', to }, 302],
      [{ kind: 'redirect', to, status: 307 }, 307],
    ] as const) {
      expect(await ask((await broken(fault)).url('/a.crl'))).toMatchObject({ status, headers: { location: to } })
    }
  })

  test('truncated and a length that is too long end within the body', async () => {
    for (const fault of [{ kind: 'truncated' }, { kind: 'wrong-length', by: 5 }] as const) {
      const { headers, body, isComplete } = await ask((await broken(fault)).url('/a.crl'))
      expect(Number(headers['content-length'])).toBeGreaterThan(body.length)
      expect(isComplete).toBe(false)
    }
  })

  test('a length that is too short is followed by more', async () => {
    const { port } = await broken({ kind: 'wrong-length', by: -3 })
    // Node's client refuses to read on: what came is looked at as it came.
    const socket = connect(port, '127.0.0.1', () => socket.write('GET /a.crl HTTP/1.1\r\nHost: a\r\n\r\n'))
    let text = ''
    for await (const chunk of socket) text += String(chunk)
    expect(text).toContain(`content-length: ${CRL.length - 3}\r\n`)
    expect(text.endsWith(`\r\n\r\n${CRL.toString()}`)).toBe(true)
  })

  test('compressed says so', async () => {
    expect((await ask((await broken({ kind: 'compressed' })).url('/a.crl'))).headers['content-encoding']).toBe('gzip')
    const { headers } = await ask((await broken({ kind: 'compressed', coding: 'br' })).url('/a.crl'))
    expect(headers['content-encoding']).toBe('br')
  })

  test('reset is no end of a connection that anybody closed', async () => {
    await expect(ask((await broken({ kind: 'reset' })).url('/a.crl'))).rejects.toThrow('ECONNRESET')
  })
})

test('close ends connections that have asked for nothing, and may be called again', async () => {
  const server = await started()
  const socket = connect(server.port, '127.0.0.1').resume()
  await new Promise((resolve) => socket.once('connect', resolve))
  const ended = new Promise((resolve) => socket.once('close', resolve))
  socket.on('error', () => {})
  await server.close()
  await ended
  await server.close()
})
