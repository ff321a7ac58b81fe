import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { readArguments } from '../../src/connector/arguments.ts'
import { readEnvironment } from '../../src/connector/connector-environment.ts'
import { UsageError } from '../../src/connector/usage-error.ts'

const refusal = (read: () => unknown): string => {
  try {
    read()
  } catch (error) {
    if (error instanceof UsageError) return error.message
    throw error
  }
  return 'accepted'
}

describe("the environment of Ambassador's connector", () => {
  test('needs nothing: an agent on this machine, the service and secret of the default Ambassador', () => {
    expect(readEnvironment({})).toEqual({
      connect: { service: 'ambassador', url: 'http://127.0.0.1:8500' },
      secret: { namespace: null, name: 'ambassador-consul-connect' },
    })
  })

  test('takes an empty variable for one that is not set, as its table of defaults has it', () => {
    const empty = {
      _AMBASSADOR_ID: '',
      _CONSUL_HOST: '',
      _CONSUL_PORT: '',
      _AMBASSADOR_TLS_SECRET_NAME: '',
      AMBASSADOR_ID: '',
    }
    expect(readEnvironment(empty)).toEqual(readEnvironment({}))
  })

  test('names service and secret by _AMBASSADOR_ID', () => {
    const { connect, secret } = readEnvironment({ _AMBASSADOR_ID: 'edge', AMBASSADOR_ID: 'edge' })
    expect(connect.service).toBe('ambassador-edge')
    expect(secret.name).toBe('ambassador-edge-consul-connect')
  })

  test('takes host, port, secret and namespace', () => {
    const env = {
      _CONSUL_HOST: 'consul.example',
      _CONSUL_PORT: '8501',
      _AMBASSADOR_TLS_SECRET_NAME: 'my.secret',
      _AMBASSADOR_TLS_SECRET_NAMESPACE: 'edge',
    }
    expect(readEnvironment(env)).toEqual({
      connect: { service: 'ambassador', url: 'http://consul.example:8501' },
      secret: { namespace: 'edge', name: 'my.secret' },
    })
    expect(readEnvironment({ _CONSUL_HOST: '::1' }).connect.url).toBe('http://[::1]:8500')
  })

  test('refuses AMBASSADOR_ID without _AMBASSADOR_ID, with the fix', () => {
    expect(refusal(() => readEnvironment({ AMBASSADOR_ID: 'edge' }))).toContain('Set _AMBASSADOR_ID to the same id')
  })

  test.each([
    [{ _AMBASSADOR_IDENTITY: 'a' }, '_AMBASSADOR_IDENTITY is not known'],
    [{ _CONSUL_HTTP_PORT: '1' }, '_CONSUL_HTTP_PORT is not known'],
    [{ _AMBASSADOR_ID: '../a' }, '_AMBASSADOR_ID is "../a"'],
    [{ _AMBASSADOR_ID: 'a'.repeat(201) }, '_AMBASSADOR_ID is'],
    [{ _AMBASSADOR_ID: 'Edge' }, 'is no DNS subdomain (RFC 1123). Set _AMBASSADOR_TLS_SECRET_NAME'],
    [{ _AMBASSADOR_TLS_SECRET_NAME: '../../etc' }, '_AMBASSADOR_TLS_SECRET_NAME is "../../etc". Give a DNS subdomain'],
    [{ _AMBASSADOR_TLS_SECRET_NAME: '..' }, 'Give a DNS subdomain'],
    [{ _AMBASSADOR_TLS_SECRET_NAME: 'a/b' }, 'Give a DNS subdomain'],
    [{ _AMBASSADOR_TLS_SECRET_NAME: 'Secret' }, 'Give a DNS subdomain'],
    [{ _AMBASSADOR_TLS_SECRET_NAME: 'a.'.repeat(127) }, 'Give a DNS subdomain'],
    [{ _AMBASSADOR_TLS_SECRET_NAMESPACE: 'a.b' }, 'Give a DNS label'],
    [{ _AMBASSADOR_TLS_SECRET_NAMESPACE: '..' }, 'Give a DNS label'],
    [{ _AMBASSADOR_TLS_SECRET_NAMESPACE: 'a'.repeat(64) }, 'Give a DNS label'],
    [{ _CONSUL_HOST: 'http://consul' }, 'without scheme and port'],
    [{ _CONSUL_HOST: 'consul:8500' }, 'Give the port as _CONSUL_PORT'],
    [{ _CONSUL_PORT: '0' }, 'Give a number from 1 to 65535'],
    [{ _CONSUL_PORT: '65536' }, 'Give a number from 1 to 65535'],
    [{ _CONSUL_PORT: '0x1f' }, 'Give a number from 1 to 65535'],
    [{ CONSUL_HTTP_ADDR: 'a:1', _CONSUL_HOST: 'b' }, 'CONSUL_HTTP_ADDR and _CONSUL_HOST are both set'],
    [{ CONSUL_HTTP_ADDR: 'a:1', _CONSUL_PORT: '2' }, 'CONSUL_HTTP_ADDR and _CONSUL_PORT are both set'],
    [{ CONSUL_HTTP_ADDR: 'http://a:1', CONSUL_HTTP_SSL: 'true' }, 'CONSUL_HTTP_SSL is true'],
    [{ CONSUL_HTTP_SSL: 'yes' }, 'CONSUL_HTTP_SSL is "yes". Give true or false'],
    [{ CONSUL_HTTP_TOKEN: 'a', CONSUL_HTTP_TOKEN_FILE: '/b' }, 'are both set'],
    [{ CONSUL_HTTP_AUTH: 'a:b' }, 'CONSUL_HTTP_AUTH is not understood'],
    [{ CONSUL_HTTP_SSL_VERIFY: 'false' }, 'CONSUL_HTTP_SSL_VERIFY is not understood'],
    [{ CONSUL_CACERT: '/nowhere/ca.pem' }, 'CONSUL_CACERT: /nowhere/ca.pem cannot be read (ENOENT)'],
    [{ CONSUL_CLIENT_CERT: '/a' }, 'CONSUL_CLIENT_CERT is set without CONSUL_CLIENT_KEY'],
    [{ CONSUL_CLIENT_KEY: '/a' }, 'CONSUL_CLIENT_KEY is set without CONSUL_CLIENT_CERT'],
  ])('refuses %j', (env, message) => {
    expect(refusal(() => readEnvironment(env))).toContain(message)
  })

  test('accepts names at the limit', () => {
    const name = [63, 63, 63, 61].map((length) => 'a'.repeat(length)).join('.')
    expect(name).toHaveLength(253)
    const env = {
      _AMBASSADOR_TLS_SECRET_NAME: name,
      _AMBASSADOR_TLS_SECRET_NAMESPACE: 'a'.repeat(63),
      _CONSUL_PORT: '65535',
    }
    expect(readEnvironment(env).secret).toEqual({ namespace: 'a'.repeat(63), name })
  })

  test('names a secret for an id that no secret can be named by', () => {
    const { connect } = readEnvironment({ _AMBASSADOR_ID: 'Edge', _AMBASSADOR_TLS_SECRET_NAME: 'edge' })
    expect(connect.service).toBe('ambassador-Edge')
  })

  test.each([
    [{ CONSUL_HTTP_ADDR: 'consul:8500' }, 'http://consul:8500'],
    [{ CONSUL_HTTP_ADDR: 'consul:8501', CONSUL_HTTP_SSL: '1' }, 'https://consul:8501'],
    [{ CONSUL_HTTP_ADDR: 'https://consul:8501' }, 'https://consul:8501'],
    [{ CONSUL_HTTP_ADDR: 'unix:///run/consul.sock' }, 'unix:///run/consul.sock'],
    [{ CONSUL_HTTP_SSL: 'TRUE' }, 'https://127.0.0.1:8500'],
    [{ CONSUL_HTTP_SSL: 'f' }, 'http://127.0.0.1:8500'],
  ])('takes %j', (env, url) => {
    expect(readEnvironment(env).connect.url).toBe(url)
  })

  test("takes the token, namespace and partition of Consul's own, and authorities of https", () => {
    const directory = mkdtempSync(join(tmpdir(), 'consul-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const ca = join(directory, 'ca.pem')
    writeFileSync(ca, createAuthority().certificate.pem)
    const env = {
      CONSUL_HTTP_TOKEN: 'secret',
      CONSUL_NAMESPACE: 'shop',
      CONSUL_PARTITION: 'eu',
      CONSUL_HTTP_SSL: 'true',
      CONSUL_CACERT: ca,
    }
    const { connect } = readEnvironment(env)
    expect(connect).toMatchObject({ token: 'secret', namespace: 'shop', partition: 'eu' })
    expect(connect.agent?.options).toMatchObject({ rejectUnauthorized: true, ca: readFileSync(ca, 'utf8') })
    expect(readEnvironment({ CONSUL_HTTP_TOKEN_FILE: '/run/token' }).connect.tokenFile).toBe('/run/token')
  })
})

describe('arguments', () => {
  test('are a directory, and how to log', () => {
    expect(readArguments(['--directory', '/certs'])).toEqual({ kind: 'run', directory: '/certs', log: 'json' })
    expect(readArguments(['--directory=/certs', '--log', 'text'])).toMatchObject({ log: 'text' })
    expect(readArguments(['--help'])).toEqual({ kind: 'help' })
  })

  test.each([
    [[], '--directory is missing'],
    [['--directory', ''], '--directory is missing'],
    [['--directory', '/a', '--log', 'xml'], '--log is "xml"'],
    [['--directroy', '/a'], '--directroy'],
    [['/a'], '/a'],
  ])('refuse %j', (argv, message) => {
    expect(refusal(() => readArguments(argv))).toContain(message)
  })
})

test.each(['', 'no certificate'])(
  'a file of authorities that holds %j is refused: by an empty one, every public authority would be trusted',
  (content) => {
    const directory = mkdtempSync(join(tmpdir(), 'consul-'))
    onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
    const file = join(directory, 'ca.pem')
    writeFileSync(file, content)
    const env = { CONSUL_HTTP_ADDR: 'https://a:8501', CONSUL_CACERT: file }
    expect(refusal(() => readEnvironment(env))).toBe(
      `CONSUL_CACERT: ${file} holds no PEM. Give a file that does, or unset CONSUL_CACERT.`,
    )
  },
)
