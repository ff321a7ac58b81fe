/** Heads as they are sent, over real connections: what Node keeps of a second `Host` is a matter of Node. */
import type { IncomingMessage } from 'node:http'
import type { Socket } from 'node:net'
import { describe, expect, test } from 'vitest'
import { evidenceFailure } from '../../src/evidence/failures.ts'
import { requestedHost } from '../../src/hosts/requested-host.ts'
import { requestOverH2c, requestRaw, serve } from '../serving.ts'

async function servedHost() {
  const hosts: unknown[] = []
  const decide: Parameters<typeof serve>[1] = (request) => {
    const host = requestedHost(request)
    hosts.push(host.ok ? host.value : host.failure.code)
    return { outcome: 'skipped' }
  }
  return { hosts, decide }
}

/** What is made of the head of a request over HTTP/1.1. */
async function hostOf(...lines: readonly string[]): Promise<unknown> {
  const { hosts, decide } = await servedHost()
  const { server, port } = await serve('http', decide)
  server.on('connect', (request: IncomingMessage, socket: Socket) => {
    void decide(request)
    socket.end()
  })
  const answer = await requestRaw(port, lines)
  return hosts.length === 1 ? hosts[0] : answer.split('\r\n')[0]
}

const CONFLICT = 'ERR_EVIDENCE_HOST_CONFLICT'
const MALFORMED = 'ERR_EVIDENCE_HOST_MALFORMED'

describe('over HTTP/1.1 the host of a request is', () => {
  test.each([
    ['that of Host', ['GET / HTTP/1.1', 'Host: A.example.:8443'], 'a.example'],
    [
      'not that of X-Forwarded-Host',
      ['GET / HTTP/1.1', 'Host: a.example', 'X-Forwarded-Host: b.example', 'Forwarded: host=b.example'],
      'a.example',
    ],
    ['none where Host is empty (RFC 9112 3.2)', ['GET / HTTP/1.1', 'Host:'], null],
    ['none for HTTP/1.0 without Host', ['GET / HTTP/1.0'], null],
    [
      'that of an absolute-form target, where Host agrees (RFC 9112 3.2.2)',
      ['GET https://a.example:1/x HTTP/1.1', 'Host: A.EXAMPLE:2'],
      'a.example',
    ],
    ['not what stands in a query', ['GET /?u=http://b.example/ HTTP/1.1', 'Host: a.example'], 'a.example'],
    ['not what stands behind two slashes', ['GET //b.example/ HTTP/1.1', 'Host: a.example'], 'a.example'],
    [
      'that of CONNECT, where Host agrees (RFC 9112 3.2.3)',
      ['CONNECT a.example:443 HTTP/1.1', 'Host: a.example:443'],
      'a.example',
    ],
    ['that of Host for OPTIONS *', ['OPTIONS * HTTP/1.1', 'Host: a.example'], 'a.example'],
  ])('%s', async (_, lines, host) => {
    expect(await hostOf(...lines)).toBe(host)
  })

  test.each([
    ['two lines of Host that differ', ['GET / HTTP/1.1', 'Host: a.example', 'Host: b.example'], CONFLICT],
    ['two lines of Host that agree (RFC 9112 3.2)', ['GET / HTTP/1.1', 'Host: a.example', 'hOST: a.example'], CONFLICT],
    ['a target that is for another host', ['GET http://b.example/ HTTP/1.1', 'Host: a.example'], CONFLICT],
    ['a target without Host, which who stands behind would miss', ['GET http://a.example HTTP/1.0'], CONFLICT],
    ['a tunnel to another host (RFC 9112 3.2)', ['CONNECT b.example:443 HTTP/1.1', 'Host: a.example'], CONFLICT],
    ['a tunnel without Host', ['CONNECT a.example:443 HTTP/1.0'], CONFLICT],
    ['a tunnel to nothing that is a host', ['CONNECT /a.example HTTP/1.1', 'Host: a.example'], MALFORMED],
    ['a target with user information', ['GET http://a.example@b.example/ HTTP/1.1', 'Host: b.example'], MALFORMED],
    ['a target with an empty authority', ['GET http:///x HTTP/1.1', 'Host: a.example'], MALFORMED],
    ['a Host that is a list', ['GET / HTTP/1.1', 'Host: a.example, b.example'], MALFORMED],
    ['a Host with a path', ['GET / HTTP/1.1', 'Host: a.example/b'], MALFORMED],
  ])('refused for %s', async (_, lines, code) => {
    expect(await hostOf(...lines)).toBe(code)
  })
})

test.each([
  ['Host is there twice', ['GET / HTTP/1.1', 'Host: a.example', 'Host: a.example']],
  [
    'Host is there 3 times',
    ['GET http://a.example/ HTTP/1.1', 'Host: a.example', 'hOST: b.example', 'HOST: c.example'],
  ],
  ['Host and the request target do not name one host', ['GET http://b.example/ HTTP/1.1', 'Host: a.example']],
])('what is wrong is said in the message: %s', async (message, lines) => {
  const messages: unknown[] = []
  const { port } = await serve('http', (request) => {
    const host = requestedHost(request)
    messages.push(host.ok ? host.value : host.failure.message)
    return { outcome: 'skipped' }
  })
  await requestRaw(port, lines)
  expect(messages).toEqual([message])
})

test('a host without an entry is for whoever runs the application to add: nobody else can', () => {
  expect(evidenceFailure('ERR_EVIDENCE_HOST_UNKNOWN', { host: 'c.example' }).fault).toBe('server')
  expect(evidenceFailure('ERR_EVIDENCE_HOST_CONFLICT', { places: ['Host', 'Host'] }).fault).toBe('client')
})

describe('over HTTP/2 it is', () => {
  test.each([
    ['that of :authority', { ':authority': 'A.example:1' }, [], 'a.example'],
    ['that of Host, where there is no :authority', {}, [['host', 'a.example']], 'a.example'],
    [
      'that of both, where they agree (RFC 9113 8.3.1)',
      { ':authority': 'a.example' },
      [['host', 'A.example.']],
      'a.example',
    ],
    ['refused where they differ', { ':authority': 'a.example' }, [['host', 'b.example']], CONFLICT],
  ] as const)('%s', async (_, pseudo, lines, host) => {
    const { hosts, decide } = await servedHost()
    const { port } = await serve('h2c', decide)
    await requestOverH2c({ port }, [...Object.entries(pseudo), ...lines])
    expect(hosts).toEqual([host])
  })
})
