import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { Agent as HttpAgent } from 'node:http'
import { Agent as HttpsAgent } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { ConfigurationError } from '@clientcert/core'
import { type ConsulAgentOptions, createAuthority, startConsulAgent } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createConsulConnect, DEFAULT_REQUEST_TIMEOUT_MS, DEFAULT_URL, DEFAULT_WAIT_SECONDS } from '../src/index.ts'
import { resolveConsulOptions } from '../src/options.ts'
import { connectFast } from './fast.ts'

async function startAgent(options: ConsulAgentOptions = {}) {
  const agent = await startConsulAgent(options)
  onTestFinished(() => agent.stop())
  return agent
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'consul-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const refusal = (options: object): ConfigurationError => {
  try {
    resolveConsulOptions(options)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('it was accepted')
}

describe('options', () => {
  test('have defaults: the agent of this machine, and its own waiting time', () => {
    const { address, timing, name } = resolveConsulOptions({ service: 'web' })
    expect(address.name).toBe(DEFAULT_URL)
    expect(timing).toMatchObject({
      waitMs: DEFAULT_WAIT_SECONDS * 1_000,
      requestTimeoutMs: DEFAULT_REQUEST_TIMEOUT_MS,
      paceMs: 1_000,
    })
    expect(name).toEqual({ service: 'web', namespace: null, partition: null })
  })

  test.each([
    [{}, 'ERR_CONFIG_MISSING', 'service'],
    [{ service: 'web', tokn: 'a' }, 'ERR_CONFIG_UNKNOWN_OPTION', 'tokn'],
    [{ service: 'web', datacenter: 'dc1' }, 'ERR_CONFIG_UNKNOWN_OPTION', 'datacenter'],
    [{ service: '' }, 'ERR_CONFIG_TYPE', 'service'],
    [{ service: '..' }, 'ERR_CONFIG_VALUE', 'service'],
    [{ service: 'we\nb' }, 'ERR_CONFIG_VALUE', 'service'],
    [{ service: 'a'.repeat(256) }, 'ERR_CONFIG_VALUE', 'service'],
    [{ service: 'web', url: 'consul:8500' }, 'ERR_CONFIG_VALUE', 'url'],
    [{ service: 'web', url: 'ftp://consul' }, 'ERR_CONFIG_VALUE', 'url'],
    [{ service: 'web', url: 'http://me:secret@consul:8500' }, 'ERR_CONFIG_VALUE', 'url'],
    [{ service: 'web', url: 'http://consul:8500/v1' }, 'ERR_CONFIG_VALUE', 'url'],
    [{ service: 'web', url: 'http://consul:8500?token=a' }, 'ERR_CONFIG_VALUE', 'url'],
    [{ service: 'web', url: 'unix:relative' }, 'ERR_CONFIG_VALUE', 'url'],
    [{ service: 'web', url: 'unix:/a\0b' }, 'ERR_CONFIG_VALUE', 'url'],
    [{ service: 'web', token: 'a b' }, 'ERR_CONFIG_VALUE', 'token'],
    [{ service: 'web', token: 'a\r\nX: y' }, 'ERR_CONFIG_VALUE', 'token'],
    [{ service: 'web', token: 7 }, 'ERR_CONFIG_TYPE', 'token'],
    [{ service: 'web', token: 'a', tokenFile: '/b' }, 'ERR_CONFIG_VALUE', 'tokenFile'],
    [{ service: 'web', namespace: '../a' }, 'ERR_CONFIG_VALUE', 'namespace'],
    [{ service: 'web', partition: 'a&b' }, 'ERR_CONFIG_VALUE', 'partition'],
    [{ service: 'web', waitSeconds: 0 }, 'ERR_CONFIG_RANGE', 'waitSeconds'],
    [{ service: 'web', waitSeconds: 601 }, 'ERR_CONFIG_RANGE', 'waitSeconds'],
    [{ service: 'web', requestTimeoutMs: 99 }, 'ERR_CONFIG_RANGE', 'requestTimeoutMs'],
    [{ service: 'web', requestTimeoutMs: 600_001 }, 'ERR_CONFIG_RANGE', 'requestTimeoutMs'],
    [{ service: 'web', url: 'https://consul:8501', agent: {} }, 'ERR_CONFIG_TYPE', 'agent'],
    [{ service: 'web', url: 'https://consul:8501', agent: new HttpAgent() }, 'ERR_CONFIG_TYPE', 'agent'],
    [{ service: 'web', agent: new HttpsAgent() }, 'ERR_CONFIG_VALUE', 'agent'],
    [{ service: 'web', clock: 0 }, 'ERR_CONFIG_TYPE', 'clock'],
    [{ service: 'web', logger: {} }, 'ERR_CONFIG_TYPE', 'logger'],
  ])('refuse %j with %s', (options, code, option) => {
    expect(refusal(options)).toMatchObject({ code, option })
  })

  test('accept what is at the limit', () => {
    const { timing } = resolveConsulOptions({ service: 'a'.repeat(255), waitSeconds: 600, requestTimeoutMs: 600_000 })
    expect(timing).toMatchObject({ waitMs: 600_000, requestTimeoutMs: 600_000 })
    resolveConsulOptions({ service: 'a', waitSeconds: 1, requestTimeoutMs: 100, token: 'a'.repeat(4_096) })
  })

  test('never repeat a token in a refusal', () => {
    expect(refusal({ service: 'web', token: 'secret secret' }).message).not.toContain('secret')
    expect(refusal({ service: 'web', url: 'http://me:secret@consul' }).message).not.toContain('secret')
  })
})

describe('url', () => {
  test.each([
    ['unix:', ''],
    ['unix://', '//'],
  ])('takes the path of a socket after %s, as CONSUL_HTTP_ADDR does', async (_form, slashes) => {
    const agent = await startAgent({ socketPath: join(temporary(), 'consul.sock') })
    const { connect } = connectFast({ url: agent.url.replace('unix:', `unix:${slashes}`) })
    await connect.ready()
    expect(connect.status().agent).toBe(agent.url)
  })

  test('takes https, and verifies the agent whatever the environment says', async () => {
    const authority = createAuthority()
    const agent = await startAgent({ tls: authority })
    const before = process.env['NODE_TLS_REJECT_UNAUTHORIZED']
    process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = '0'
    onTestFinished(() => {
      if (before === undefined) delete process.env['NODE_TLS_REJECT_UNAUTHORIZED']
      else process.env['NODE_TLS_REJECT_UNAUTHORIZED'] = before
    })
    await expect(connectFast(agent).connect.ready()).rejects.toMatchObject({ code: 'ERR_CONSUL_UNREACHABLE' })
    expect(agent.received).toEqual([])
    const trusting = new HttpsAgent({ ca: authority.certificate.pem, rejectUnauthorized: true })
    await connectFast(agent, { agent: trusting }).connect.ready()
  })
})

describe('token (ACL)', () => {
  const tokens = { good: ['web'], other: ['api'] }

  test('of a policy that may write the service is let in; another one, an unknown one and none are 403', async () => {
    const agent = await startAgent({ tokens })
    await connectFast(agent, { token: 'good' }).connect.ready()
    for (const options of [{ token: 'other' }, { token: 'unknown' }, {}]) {
      await expect(connectFast(agent, options).connect.ready()).rejects.toMatchObject({ code: 'ERR_CONSUL_FORBIDDEN' })
    }
  })

  test('is read from a file anew for each request', async () => {
    const agent = await startAgent({ tokens })
    const tokenFile = join(temporary(), 'token')
    const { connect } = connectFast(agent, { tokenFile })
    await expect(connect.ready()).rejects.toMatchObject({ code: 'ERR_CONSUL_TOKEN' })
    expect(agent.received).toEqual([])
    for (const [content, code] of [
      ['', 'ERR_CONSUL_TOKEN'],
      ['two tokens', 'ERR_CONSUL_TOKEN'],
      ['a'.repeat(9_000), 'ERR_CONSUL_TOKEN'],
      ['other', 'ERR_CONSUL_FORBIDDEN'],
    ] as const) {
      writeFileSync(tokenFile, content)
      while (connect.status().queries.leaf.error?.code !== code) await new Promise((resolve) => setTimeout(resolve, 3))
    }
    writeFileSync(tokenFile, 'good\n')
    while (connect.status().state !== 'current') await new Promise((resolve) => setTimeout(resolve, 3))
  })
})

describe('namespace and partition (Enterprise)', () => {
  test('are asked for, and the certificate is of them', async () => {
    const agent = await startAgent({ edition: 'enterprise' })
    const { connect } = connectFast(agent, { namespace: 'shop', partition: 'eu' })
    await connect.ready()
    expect(connect.spiffeId()).toBe(`spiffe://${agent.trustDomain}/ap/eu/ns/shop/dc/dc1/svc/web`)
  })

  test('are refused where the certificate is of another one', async () => {
    const agent = await startAgent({ edition: 'enterprise' })
    const alter = () => agent.leaf('web')
    agent.setFault({ kind: 'altered', alter: () => ({ ...alter() }) }, '/v1/agent/connect/ca/leaf/')
    await expect(connectFast(agent, { namespace: 'shop' }).connect.ready()).rejects.toMatchObject({
      failure: { code: 'ERR_CONSUL_LEAF', problem: 'it is for the namespace default' },
    })
    await expect(connectFast(agent, { partition: 'eu' }).connect.ready()).rejects.toMatchObject({
      failure: { code: 'ERR_CONSUL_LEAF', problem: 'it is for the partition default' },
    })
    await connectFast(agent, { namespace: 'default', partition: 'default' }).connect.ready()
  })

  test('are 400 from the community edition, which has none', async () => {
    const agent = await startAgent()
    await expect(connectFast(agent, { namespace: 'shop' }).connect.ready()).rejects.toMatchObject({
      failure: { code: 'ERR_CONSUL_STATUS', status: 400 },
    })
  })
})

describe('service', () => {
  test.each(['web-api', 'Web', 'a/b', 'a b', 'a?b#c', '100%'])('is one segment of the path: %s', async (service) => {
    const agent = await startAgent()
    const { connect } = connectFast(agent, { service })
    await connect.ready()
    expect(connect.status().service).toBe(service)
    expect(agent.received.every(({ path }) => path.split('/').length <= 7)).toBe(true)
  })
})

test('createConsulConnect starts by itself, with the options of everybody', async () => {
  const agent = await startAgent({ at: new Date() })
  const connect = createConsulConnect({ service: 'web', url: agent.url })
  onTestFinished(() => connect.close())
  await connect.ready()
  expect(connect.status()).toMatchObject({ state: 'current', service: 'web', agent: agent.url })
})
