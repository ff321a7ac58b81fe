import { type ClientIdentity, ConfigurationError, verifyCertificate } from '@clientcert/core'
import {
  type ConsulAgentOptions,
  createAuthority,
  DEFAULT_CLOCK,
  type IssuedCertificate,
  startConsulAgent,
} from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { serialOf } from '../../src/intentions/authorize.ts'
import { connectFast, until } from '../fast.ts'

async function start(options: ConsulAgentOptions = {}) {
  const agent = await startConsulAgent(options)
  onTestFinished(() => agent.stop())
  const { connect } = connectFast(agent, options.tokens ? { token: 'good' } : {})
  return { agent, connect }
}

async function identityOf(pem: string, root: IssuedCertificate): Promise<ClientIdentity> {
  const decision = await verifyCertificate({ pem }, { trust: { pem: root.pem }, clock: () => DEFAULT_CLOCK })
  if (decision.outcome !== 'accepted') throw new TypeError('it is a good one')
  return decision.identity
}

const PATH = '/v1/agent/connect/authorize'

describe('authorize (intentions)', () => {
  test('asks for a verified client and our own service, and says what Consul says', async () => {
    const { agent, connect } = await start({ intentions: [{ source: 'api', destination: 'web', action: 'allow' }] })
    const root = agent.authorities()[0]?.root.certificate
    if (!root) throw new TypeError('there is a root')
    const identity = await identityOf(agent.leaf('api').CertPEM, root)
    expect(await connect.authorize(identity)).toEqual({
      authorized: true,
      reason: 'Matched L4 intention: api => web (allow)',
      error: null,
    })
    expect(JSON.parse(agent.received.find(({ path }) => path === PATH)?.body ?? '')).toEqual({
      Target: 'web',
      ClientCertURI: agent.leaf('api').ServiceURI,
      ClientCertSerial: serialOf(identity.serialNumber),
    })

    agent.setIntentions([{ source: '*', destination: '*', action: 'deny' }])
    expect(await connect.authorize(identity)).toMatchObject({ authorized: false, error: null })
  })

  test('asks for another target, by what the caller knows', async () => {
    const { connect } = await start({ intentions: [{ source: 'api', destination: 'db', action: 'deny' }] })
    const request = { clientCertUri: 'spiffe://td.consul/ns/default/dc/dc1/svc/api', clientCertSerial: '04:00:5a' }
    expect(await connect.authorize({ ...request, target: 'db' })).toMatchObject({ authorized: false })
    expect(await connect.authorize({ ...request, target: 'other' })).toMatchObject({ authorized: true })
  })

  test('refuses a client without a URI, and one with two, without asking (X509-SVID 2)', async () => {
    const { agent, connect } = await start()
    const authority = createAuthority()
    for (const san of [null, { uri: ['spiffe://a/b', 'spiffe://a/c'] }]) {
      const identity = await identityOf(authority.issue({ san }).certificate.pem, authority.certificate)
      expect(await connect.authorize(identity)).toMatchObject({
        authorized: false,
        error: { code: 'ERR_CONSUL_CLIENT' },
      })
    }
    expect(agent.received.some(({ path }) => path === PATH)).toBe(false)
  })

  test.each([
    ['403', 'ERR_CONSUL_FORBIDDEN', { kind: 'status', status: 403 }],
    ['500', 'ERR_CONSUL_STATUS', { kind: 'status', status: 500 }],
    ['garbage', 'ERR_CONSUL_ANSWER', { kind: 'garbage' }],
    ['no verdict', 'ERR_CONSUL_ANSWER', { kind: 'answer', json: { Reason: 'none' } }],
    ['a verdict that is no boolean', 'ERR_CONSUL_ANSWER', { kind: 'answer', json: { Authorized: 'true' } }],
    ['a reason that is no text', 'ERR_CONSUL_ANSWER', { kind: 'answer', json: { Authorized: true, Reason: 1 } }],
    ['a reset', 'ERR_CONSUL_UNREACHABLE', { kind: 'reset' }],
    ['half an answer', 'ERR_CONSUL_UNREACHABLE', { kind: 'half-body' }],
    ['one without end', 'ERR_CONSUL_TOO_LARGE', { kind: 'huge' }],
  ] as const)('is closed where the agent answers %s', async (_what, code, fault) => {
    const { agent, connect } = await start()
    const request = { clientCertUri: 'spiffe://td.consul/ns/default/dc/dc1/svc/api', clientCertSerial: '01' }
    expect(await connect.authorize(request)).toMatchObject({ authorized: true })
    agent.setFault(fault, PATH)
    expect(await connect.authorize(request)).toMatchObject({ authorized: false, error: { code } })
  })

  test('is closed where the agent hangs, is gone, or we are closed', async () => {
    const agent = await startConsulAgent()
    onTestFinished(() => agent.stop())
    const { connect } = connectFast(agent, {}, { requestTimeoutMs: 100 })
    const request = { clientCertUri: 'spiffe://td.consul/ns/default/dc/dc1/svc/api', clientCertSerial: '01' }
    agent.setFault({ kind: 'hanging' }, PATH)
    expect(await connect.authorize(request)).toMatchObject({ authorized: false, error: { code: 'ERR_CONSUL_TIMEOUT' } })
    await agent.stop()
    expect(await connect.authorize(request)).toMatchObject({ error: { code: 'ERR_CONSUL_UNREACHABLE' } })
    connect.close()
    expect(await connect.authorize(request)).toMatchObject({ authorized: false, error: { code: 'ERR_CONSUL_CLOSED' } })
  })

  test('is closed where it is closed while it waits', async () => {
    const { agent, connect } = await start()
    agent.setFault({ kind: 'hanging' }, PATH)
    const pending = connect.authorize({ clientCertUri: 'spiffe://a/b', clientCertSerial: '01' })
    await until(() => agent.received.some(({ path }) => path === PATH))
    connect.close()
    expect(await pending).toMatchObject({ authorized: false, error: { code: 'ERR_CONSUL_CLOSED' } })
  })

  test('is denied by ACLs where no intention is, and forbidden for a target that the token may not write', async () => {
    const { connect } = await start({ tokens: { good: ['web'] } })
    const request = { clientCertUri: 'spiffe://td.consul/ns/default/dc/dc1/svc/api', clientCertSerial: '01' }
    expect(await connect.authorize(request)).toMatchObject({ authorized: false, error: null })
    expect(await connect.authorize({ ...request, target: 'db' })).toMatchObject({
      authorized: false,
      error: { code: 'ERR_CONSUL_FORBIDDEN' },
    })
  })

  test('escapes what Consul says, and is a mistake of the caller for what is no request', async () => {
    const { agent, connect } = await start()
    agent.setFault({ kind: 'answer', json: { Authorized: false, Reason: 'a\u001b[31mb\nc' } }, PATH)
    const request = { clientCertUri: 'spiffe://a/b', clientCertSerial: '01' }
    expect(await connect.authorize(request)).toMatchObject({ reason: 'a\\u{1b}[31mb\\u{a}c' })
    const wrong = { clientCertURI: 'spiffe://a/b', clientCertSerial: '01' }
    // @ts-expect-error the option is written another way
    await expect(connect.authorize(wrong)).rejects.toBeInstanceOf(ConfigurationError)
    // @ts-expect-error the serial number is left out
    await expect(connect.authorize({ clientCertUri: 'a' })).rejects.toBeInstanceOf(ConfigurationError)
  })
})

test.each([
  ['040000000001154b5ac394', '04:00:00:00:00:01:15:4b:5a:c3:94'],
  ['00ff', 'ff'],
  ['08', '08'],
  ['00', '00'],
  ['', '00'],
  ['AB', 'ab'],
])('a serial number %s is %s for Consul', (hexadecimal, written) => {
  expect(serialOf(hexadecimal)).toBe(written)
})
