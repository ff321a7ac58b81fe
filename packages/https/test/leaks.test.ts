/** What is said to whom: reasons to the log, constants to the peer, and nobody's mistake ends the process. */
import { createTlsClient, tlsRequest } from '@clientcert/testing'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type AuthenticatorOptions, ConfigurationError, createServer, dns } from '../src/index.ts'
import { clients, createLog, dial, echo, identity, listen, options, readUntil } from './serving.ts'

afterEach(() => void vi.restoreAllMocks())

const CONSTANT = '{"message":"Internal Server Error"}'

describe('the reason of a refusal is in the log and not in the response', () => {
  test.each([
    ['none', {}, 'ERR_EVIDENCE_NO_CERTIFICATE', /no certificate/i],
    ['stranger', {}, 'ERR_PATH_ISSUER_MISSING', /Unknown CA|mallory/],
    ['expired', {}, 'ERR_PATH_EXPIRED', /late/],
    ['good', { allow: dns('bob.example') }, 'ERR_POLICY_', /bob\.example/],
  ] as const)('%s', async (name, given, code, detail) => {
    const log = createLog()
    const server = createServer({ ...identity, ...options, ...given, logger: log }, echo)
    server.on('upgrade', (_request, socket) => socket.end())
    const port = await listen(server)
    const { rawHeaders, body } = await tlsRequest({ port, leaf: clients[name] })
    const upgrade = await (await createTlsClient({ port, leaf: clients[name] })).upgrade()
    for (const told of [...rawHeaders, body, ...upgrade.rawHeaders, upgrade.body]) {
      expect(told).not.toMatch(/ERR_|mallory|alice|late|Unknown CA|bob|expired|anchor/i)
    }
    expect(log.lines).toHaveLength(2)
    for (const line of log.lines) {
      expect(line).toContain(code)
      expect(line).toMatch(detail)
    }
  })
})

describe("a mistake in the application's own functions closes, says nothing, and is reported", () => {
  const thrown = new Error('secret of the application')
  const fail = () => {
    throw thrown
  }
  /** Fails once the server is up: at construction it would be refused. */
  const failLater = () => {
    let calls = 0
    return () => (calls++ < 1 ? new Date() : fail())
  }

  test.each<[string, Partial<AuthenticatorOptions>, string]>([
    ['responses that throws', { responses: fail }, 'secret of the application'],
    ['responses that returns nothing', { responses: (() => undefined) as never }, 'responses'],
    ['responses with a status of success', { responses: () => ({ statusCode: 200, message: 'fine' }) }, 'responses'],
    ['clock that throws', { clock: failLater() }, 'secret of the application'],
    ['clock that returns no date', { clock: () => new Date(Number.NaN) }, 'clock: returned no date'],
    ['a logger that throws', { logger: { info: fail, warn: fail } }, 'secret of the application'],
  ])('%s', async (_, given, reported) => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const server = createServer({ ...identity, ...options, ...given }, echo)
    server.on('upgrade', (_request, socket) => socket.end())
    const port = await listen(server)
    const { statusCode, headers, body } = await tlsRequest({ port, leaf: clients.expired })
    expect([statusCode, body]).toEqual([500, CONSTANT])
    expect(headers).toMatchObject({ 'cache-control': 'no-store', 'content-type': 'application/json' })
    const socket = await dial(port, clients.expired)
    socket.write('GET / HTTP/1.1\r\nHost: localhost\r\nConnection: Upgrade\r\nUpgrade: x\r\n\r\n')
    const raw = await readUntil(socket)
    expect(raw).toMatch(/^HTTP\/1\.1 500 Internal Server Error\r\n/)
    expect(raw.endsWith(`\r\n\r\n${CONSTANT}`)).toBe(true)
    expect(warned).toHaveBeenCalledWith(
      expect.stringContaining(reported),
      expect.objectContaining({ type: 'ClientCertWarning' }),
    )
  })

  test('is reported to the logger, where there is one', async () => {
    const log = createLog()
    const port = await listen(createServer({ ...identity, ...options, responses: fail, logger: log }, echo))
    await tlsRequest({ port })
    expect(log.lines.at(-1)).toContain('secret of the application')
  })

  test('of something that is no error closes as well', async () => {
    const warned = vi.spyOn(process, 'emitWarning').mockReturnValue()
    const responses = () => {
      const nothing: unknown = null
      throw nothing as Error
    }
    const port = await listen(createServer({ ...identity, ...options, responses }, echo))
    expect((await tlsRequest({ port })).statusCode).toBe(500)
    expect(warned).toHaveBeenCalled()
  })
})

test("a responder's own words are sent as JSON, whatever is in them", async () => {
  const message = 'line\r\nSet-Cookie: x=1 "quoted" \u00fc'
  const server = createServer({ ...identity, ...options, responses: () => ({ statusCode: 418, message }) }, echo)
  server.on('upgrade', (_request, socket) => socket.end())
  const port = await listen(server)
  const plain = await tlsRequest({ port })
  const upgrade = await (await createTlsClient({ port })).upgrade()
  for (const { statusCode, headers, json } of [plain, upgrade]) {
    expect([statusCode, json()]).toEqual([418, { message }])
    expect(headers).not.toHaveProperty('set-cookie')
  }
})

test('a clock that is wrong is a mistake of configuration', () => {
  expect(() => createServer({ ...identity, ...options, clock: 5 as never })).toThrow(ConfigurationError)
})
