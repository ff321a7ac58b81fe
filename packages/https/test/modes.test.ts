import { createTlsClient, tlsRequest } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { createServer, type Mode } from '../src/index.ts'
import { type Client, clients, echo, identity, listen, options } from './serving.ts'

const REQUIRED = '{"message":"No required TLS certificate was sent"}'
const REJECTED = '{"message":"TLS certificate failed verification"}'

const said = (outcome: string, subject: string | null = null) => JSON.stringify({ subject, outcome })
const accepted = said('accepted', 'CN=alice')

const EXPECTED: Readonly<Record<Mode, Readonly<Record<Client, string>>>> = {
  required: { none: REQUIRED, good: accepted, stranger: REJECTED, expired: REJECTED },
  optional: { none: said('anonymous'), good: accepted, stranger: REJECTED, expired: REJECTED },
  'optional-no-ca': { none: said('anonymous'), good: accepted, stranger: said('unverified'), expired: REJECTED },
  'accept-unverified': {
    none: said('anonymous'),
    good: accepted,
    stranger: said('unverified'),
    expired: said('unverified'),
  },
  off: { none: said('skipped'), good: said('skipped'), stranger: said('skipped'), expired: said('skipped') },
}

describe.each(Object.entries(EXPECTED) as [Mode, Record<Client, string>][])('mode %s', (mode, expected) => {
  test.each(Object.entries(expected) as [Client, string][])('answers %s with %s', async (client, body) => {
    const port = await listen(createServer({ ...identity, ...options, mode }, echo))
    const response = await tlsRequest({ port, leaf: clients[client] })
    expect(response.body).toBe(body)
    expect(response.statusCode).toBe(body.includes('message') ? 401 : 200)
  })
})

describe('a refusal', () => {
  test('is JSON of exactly one member, not stored, and ends the connection', async () => {
    const port = await listen(createServer({ ...identity, ...options }, echo))
    const { statusCode, headers, body } = await tlsRequest({ port })
    expect(body).toBe(REQUIRED)
    expect(statusCode).toBe(401)
    expect(headers).toEqual({
      'cache-control': 'no-store',
      connection: 'close',
      'content-length': String(REQUIRED.length),
      'content-type': 'application/json',
      date: expect.any(String) as unknown,
    })
  })

  test('has no body for HEAD, and the length that it would have (RFC 9110 9.3.2)', async () => {
    const port = await listen(createServer({ ...identity, ...options }, echo))
    const { statusCode, headers, body } = await tlsRequest({ port, method: 'HEAD' })
    expect({ statusCode, body, length: headers['content-length'] }).toEqual({
      statusCode: 401,
      body: '',
      length: String(REQUIRED.length),
    })
  })

  test('is not waiting for the body of the request', async () => {
    const port = await listen(createServer({ ...identity, ...options }, echo))
    const { statusCode } = await tlsRequest({ port, method: 'POST', body: 'x'.repeat(100_000) })
    expect(statusCode).toBe(401)
  })

  test.each([
    ['kong', 401, 'No required TLS certificate was sent', 401, 'TLS certificate failed verification'],
    ['nginx', 400, 'No required SSL certificate was sent', 400, 'The SSL certificate error'],
    ['rfc9440', 401, 'No required TLS certificate was sent', 403, 'TLS certificate failed verification'],
  ] as const)('speaks as %s does', async (responses, ...[none, noneSaid, bad, badSaid]) => {
    const port = await listen(createServer({ ...identity, ...options, responses }, echo))
    const nobody = await tlsRequest({ port })
    const stranger = await tlsRequest({ port, leaf: clients.stranger })
    expect([nobody.statusCode, nobody.json()]).toEqual([none, { message: noneSaid }])
    expect([stranger.statusCode, stranger.json()]).toEqual([bad, { message: badSaid }])
  })
})

test('an accepted client keeps its connection, and its listener the body of the request', async () => {
  const port = await listen(
    createServer({ ...identity, ...options }, (request, response) => {
      request.pipe(response)
    }),
  )
  const client = await createTlsClient({ port, leaf: clients.good })
  for (const body of ['first', 'second']) {
    expect((await client.request({ method: 'POST', body })).body).toBe(body)
  }
  await client.close()
})
