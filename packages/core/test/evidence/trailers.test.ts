/** Headers behind the body (RFC 9110 6.5): never evidence, and never left for whoever reads them. */
import { once } from 'node:events'
import { connect as connectHttp2 } from 'node:http2'
import { connect } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import '@clientcert/testing/vitest'
import { describe, expect, test } from 'vitest'
import type { Decision, NodeRequest } from '../../src/index.ts'
import { alice, behindNginx, linesFor } from '../behind-nginx.ts'
import { serve } from '../serving.ts'

type Lines = readonly (readonly [string, string])[]

/** What is left of trailers once the body was read, in every view. */
interface Trailers {
  readonly joined: NodeRequest['trailers']
  readonly raw: readonly string[]
  readonly distinct: Readonly<Record<string, readonly string[] | undefined>> | undefined
}

/** Serves a listener that decides and reads the body, in either order, then looks at the trailers. */
async function serveTrailers(kind: 'http' | 'h2c', decides: 'before the body' | 'behind the body' = 'before the body') {
  const authenticator = behindNginx(undefined, { mode: 'optional' })
  const seen: Trailers[] = []
  const served = await serve(kind, async (request): Promise<Decision> => {
    const early = decides === 'before the body' ? await authenticator.authenticate(request) : null
    request.resume()
    await once(request, 'end')
    if (!early) expect(request.rawTrailers.map((text) => text.toLowerCase())).toContain('ssl-client-verify')
    const decision = early ?? (await authenticator.authenticate(request))
    const distinct = 'trailersDistinct' in request ? request.trailersDistinct : undefined
    seen.push({ joined: request.trailers, raw: request.rawTrailers, distinct })
    return decision
  })
  return { ...served, trailers: () => seen.at(-1) }
}

/** A chunked request with trailers; resolves with what the server wrote. */
async function postChunked(port: number, headers: Lines, trailers: Lines): Promise<string> {
  const socket = connect({ host: '127.0.0.1', port })
  const text = (lines: Lines) => lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  const own: Lines = [['Host', 'localhost'], ['Connection', 'close'], ['Transfer-Encoding', 'chunked'], ...headers]
  socket.write(`POST / HTTP/1.1\r\n${text(own)}\r\n2\r\nhi\r\n`, 'latin1')
  // The decision comes before the body's end, as with any request that is not tiny.
  for (let turn = 0; turn < 10; turn++) await setImmediate()
  socket.write(`0\r\n${text(trailers)}\r\n`, 'latin1')
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('latin1')
}

async function postOverH2c(port: number, headers: Lines, trailers: Lines): Promise<void> {
  const session = connectHttp2(`http://127.0.0.1:${port}`)
  const stream = session.request(
    { ':method': 'POST', ...Object.fromEntries(headers) },
    {
      waitForTrailers: true,
    },
  )
  stream.on('wantTrailers', () => stream.sendTrailers(Object.fromEntries(trailers)))
  stream.end('hi')
  stream.resume()
  await once(stream, 'close')
  session.close()
}

const ODD: Lines = [
  ['ssl_client_cert', 'x'],
  ['SSL-Client-Verify', 'SUCCESS'],
  ['X-Checksum', 'abc'],
]

describe('trailers', () => {
  test('are no evidence, and what resembles it is removed from every view (RFC 9110 6.5.1)', async () => {
    const { port, last, trailers } = await serveTrailers('http')
    const answer = await postChunked(port, [['Trailer', 'ssl-client-cert']], [...linesFor(alice), ...ODD])
    expect(answer).toMatch(/^HTTP\/1\.1 200/)
    expect(last().decision).toBeAnonymous()
    expect(trailers()).toEqual({
      joined: { 'x-checksum': 'abc' },
      raw: ['X-Checksum', 'abc'],
      distinct: { 'x-checksum': ['abc'] },
    })
  })

  test('are removed at once where the body was read before the decision', async () => {
    const { port, last, trailers } = await serveTrailers('http', 'behind the body')
    await postChunked(port, [], [...linesFor(alice), ...ODD])
    expect(last().decision).toBeAnonymous()
    expect(trailers()).toEqual({
      joined: { 'x-checksum': 'abc' },
      raw: ['X-Checksum', 'abc'],
      distinct: { 'x-checksum': ['abc'] },
    })
  })

  test('change nothing about what the headers say', async () => {
    const { port, last, trailers } = await serveTrailers('http')
    await postChunked(port, linesFor(alice), linesFor(null))
    expect(last().decision).toBeAccepted()
    expect(trailers()?.raw).toEqual([])
  })

  test('that belong to the application stay as they came, __proto__ among them', async () => {
    const { port, trailers } = await serveTrailers('http')
    await postChunked(
      port,
      [],
      [
        ['X-Twice', '1'],
        ['__proto__', 'x'],
        ['x-twice', '2'],
      ],
    )
    expect(trailers()?.raw).toEqual(['X-Twice', '1', '__proto__', 'x', 'x-twice', '2'])
    expect(trailers()?.joined).toMatchObject({ 'x-twice': '1, 2' })
  })

  test.each(['before the body', 'behind the body'] as const)(
    'are treated alike over HTTP/2, with a decision %s',
    async (decides) => {
      const { port, last, trailers } = await serveTrailers('h2c', decides)
      const sent = [...linesFor(alice), ...ODD].map(([name, value]) => [name.toLowerCase(), value] as const)
      await postOverH2c(port, [], sent)
      expect(last().decision).toBeAnonymous()
      expect(Object.entries(trailers()?.joined ?? {})).toEqual([['x-checksum', 'abc']])
      expect(trailers()?.raw).toEqual(['x-checksum', 'abc'])
    },
  )
})
