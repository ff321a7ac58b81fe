import { once } from 'node:events'
import { createAuthority, tlsRequest } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { ConfigurationError, createServer, dangerouslyAllowWeakAlgorithms, type ServerOptions } from '../src/index.ts'
import { NODE_OPTION_NAMES } from '../src/node-option-names.ts'
import { clients, echo, identity, listen, options } from './serving.ts'

/** Options as JavaScript may give them. */
const create = (given: object) => createServer(given as ServerOptions)

describe('options are refused at construction, with their name and the fix', () => {
  test.each<[string, object, ConfigurationError['code'], string, RegExp]>([
    ['an unknown one of Node', { minVerson: 'TLSv1.3' }, 'ERR_CONFIG_UNKNOWN_OPTION', 'minVerson', /minVersion/],
    ['an unknown one of ours', { trsut: {} }, 'ERR_CONFIG_UNKNOWN_OPTION', 'trsut', /trust/],
    ['hosts without one', { hosts: {} }, 'ERR_CONFIG_VALUE', 'hosts', /no host/],
    ['one given as undefined', { passphrase: undefined }, 'ERR_CONFIG_TYPE', 'passphrase', /Leave it out/],
    ['a mode that does not exist', { mode: 'on' }, 'ERR_CONFIG_VALUE', 'mode', /required/],
    ['requestCert: false', { requestCert: false }, 'ERR_CONFIG_VALUE', 'requestCert', /Leave it out/],
    [
      'rejectUnauthorized: true',
      { rejectUnauthorized: true },
      'ERR_CONFIG_VALUE',
      'rejectUnauthorized',
      /Leave it out/,
    ],
    ['ca', { ca: 'pem' }, 'ERR_CONFIG_VALUE', 'ca', /trust/],
    ['crl', { crl: 'pem' }, 'ERR_CONFIG_VALUE', 'crl', /no effect/],
    ['revocation', { revocation: 'strict' }, 'ERR_CONFIG_MISSING', 'revocation', /names nobody to ask/],
    ['anchors without ids', { anchors: ['a'] }, 'ERR_CONFIG_ANCHOR_ID', 'anchors[0]', /id/],
    ['headers without a gate', { from: { proxy: 'nginx' } }, 'ERR_CONFIG_NO_GATE', 'from.onlyFrom', /Say who/],
  ])('%s', (_, given, code, option, fix) => {
    const refused = () => create({ ...identity, ...options, ...given })
    expect(refused).toThrow(ConfigurationError)
    expect(refused).toThrow(expect.objectContaining({ code, option, message: expect.stringMatching(fix) as unknown }))
  })

  test.each(['key', 'cert', 'trust'])('%s left out', (name) => {
    const { [name]: _, ...rest } = { ...identity, ...options } as Record<string, unknown>
    expect(() => create(rest)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_MISSING', option: name }))
  })

  test.each([undefined, null, 'options', []])('%j for all of them', (given) => {
    expect(() => createServer(given as never)).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_TYPE' }))
  })
})

test('an unknown option is told its nearest name, and not all of them', () => {
  expect(() => create({ ...identity, ...options, minVerson: 'TLSv1.3' })).toThrow(
    /^minVerson: is not an option\. Did you mean `minVersion`\?$/,
  )
})

test('names no option twice, and none that core has', async () => {
  const { OPTION_NAMES } = await import('@clientcert/core')
  const names: readonly PropertyKey[] = [...NODE_OPTION_NAMES, ...OPTION_NAMES]
  expect(names.filter((name, index) => names.indexOf(name) !== index)).toEqual([])
})

test('hands core its options that are symbols: weak algorithms pass where they are allowed by name, else not', async () => {
  const old = createAuthority({ subject: 'Old CA', key: 'rsa2048' })
  const { fullChainPem: pem } = old.issue({ signature: 'rsa-pkcs1-sha1' })
  for (const [name, outcome] of [
    ['SHA-1', 'accepted'],
    ['DSA', 'rejected'],
  ] as const) {
    const trust = { pem: old.certificate.pem }
    const server = createServer({ ...identity, ...options, trust, [dangerouslyAllowWeakAlgorithms]: [name] }, echo)
    expect((await server.clientCertAuthenticator.verify({ pem })).outcome).toBe(outcome)
    server.clientCertAuthenticator.close()
  }
  expect(() => create({ ...identity, ...options, [Symbol('dangerouslyAllowWeakAlgorithms')]: ['SHA-1'] })).toThrow(
    expect.objectContaining({ code: 'ERR_CONFIG_UNKNOWN_OPTION' }),
  )
})

test("Node's own options arrive", async () => {
  const server = createServer(
    { ...identity, ...options, requestTimeout: 12_345, headersTimeout: 1_234, maxVersion: 'TLSv1.2' },
    echo,
  )
  expect(server).toMatchObject({ requestTimeout: 12_345, headersTimeout: 1_234 })
  const { tls } = await tlsRequest({ port: await listen(server), leaf: clients.good })
  expect(tls.protocol).toBe('TLSv1.2')
})

test('requestCert: true and rejectUnauthorized: false say what is so, and are accepted', () => {
  expect(create({ ...identity, ...options, requestCert: true, rejectUnauthorized: false })).toMatchObject({
    requestCert: true,
    rejectUnauthorized: false,
  })
})

test('sends the names of sendCaNames in the handshake, which are no trust', async () => {
  const named = createAuthority('Named CA')
  const server = createServer({ ...identity, ...options, sendCaNames: named.certificate.pem }, echo)
  const port = await listen(server)
  expect((await tlsRequest({ port, leaf: named.issue('bob') })).statusCode).toBe(401)
  expect((await tlsRequest({ port, leaf: clients.good })).statusCode).toBe(200)
})

test('closes its authenticator with the server', async () => {
  const server = createServer({ ...identity, ...options }, echo)
  const { clientCertAuthenticator: authenticator } = server
  await listen(server)
  expect(authenticator.status().ready).toBe(true)
  server.close()
  await once(server, 'close')
  expect(authenticator.status().ready).toBe(false)
})

test('answers 503 after it was closed and listens again: closed is closed', async () => {
  const server = createServer({ ...identity, ...options, mode: 'optional' }, echo)
  await listen(server)
  server.close()
  await once(server, 'close')
  expect((await tlsRequest({ port: await listen(server), leaf: clients.good })).statusCode).toBe(503)
})
