/** Which names a proxy's headers may have, wherever they are given: beside its name, in `custom()`, for the secret, and where we are the proxy. */
import { describe, expect, test } from 'vitest'
import { ConfigurationError, custom, type ForwardFormat, type FromProxy, forwardHeaders } from '../src/index.ts'
import { authenticatorFor } from './behind-nginx.ts'
import { alice, decided, intermediate } from './decided.ts'
import { expectMistake, mistakeIn, trust } from './mistake-in.ts'

const onlyFrom = { addresses: ['127.0.0.1'] }
const named = (name: string) => custom({ header: name, encoding: 'pem' })
const secret = (name: string) => ({
  from: { proxy: 'nginx', onlyFrom: { secretHeader: { name, value: '0123456789abcdef' } } },
})

function mistakeOf(make: () => unknown): ConfigurationError {
  try {
    make()
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('accepted')
}

describe('a name that says something of the request is none of a proxy, for it would be removed with its look-alikes', () => {
  test.each([
    ...[
      'transfer-encoding',
      'transfer_encoding',
      'Transfer.Encoding',
      'content.length',
      'content_type',
      'te',
      'trailer',
    ],
    ...[
      'keep-alive',
      'keep_alive',
      'proxy-connection',
      'proxy.authorization',
      'proxy-authenticate',
      'expect',
      'upgrade',
    ],
    ...[
      'connection',
      'host',
      'date',
      'accept',
      'accept_encoding',
      'cookie',
      'set-cookie',
      'set.cookie',
      'http2-settings',
    ],
    // Of which Node drops all but the first.
    ...['age', 'authorization', 'content-length', 'content-type', 'etag', 'expires', 'from', 'if-modified-since'],
    ...['if-unmodified-since', 'last-modified', 'location', 'max-forwards', 'proxy-authorization', 'referer'],
    ...['retry-after', 'server', 'user-agent', 'user_agent'],
    // As the pseudo-headers of HTTP/2 fold.
    ...['-path', '_path', '.authority', '-method', '__proto__'],
  ])('refuses %s', (name) => {
    const mistake = {
      code: 'ERR_CONFIG_VALUE',
      message: expect.stringContaining('of a header that the proxy sets') as string,
    }
    expect(mistakeOf(() => named(name))).toMatchObject({ ...mistake, option: 'custom.header' })
    const from = { proxy: 'nginx', headers: { verdict: name }, onlyFrom }
    expect(mistakeIn({ trust, from })).toMatchObject({ ...mistake, option: 'from.headers.verdict' })
    expectMistake(['', secret(name), 'from.onlyFrom.secretHeader.name', 'ERR_CONFIG_VALUE', 'a name of its own'])
  })

  test.each(['x-transfer-encoding', 'path', 'te-cert', 'client-cert', 'proxy-client-cert', 'content-length-x'])(
    'takes %s',
    (name) => {
      expect(() => named(name)).not.toThrow()
      expect(() => authenticatorFor({ from: { proxy: 'nginx', headers: { verdict: name }, onlyFrom } })).not.toThrow()
      expect(() => authenticatorFor(secret(name) as { from: FromProxy })).not.toThrow()
    },
  )
})

describe('a name is none of those that are made of another: Apache has ten of `chain`', () => {
  test.each([
    ['certificate', 'ssl_client_cert_chain_0', {}],
    ['certificate', 'SSL_CLIENT_CERT_CHAIN_9', {}],
    ['certificate', 'ssl-client.cert-chain-0', {}],
    ['verdict', 'ssl_client_cert_chain_1', {}],
    ['certificate', 'x-issuer-3', { chain: 'x-issuer-' }],
    ['certificate', 'x-issuer-3', { chain: 'x_issuer_' }],
  ])('refuses %s: %s, beside %o', (role, name, others) => {
    const headers = { ...others, [role]: name }
    const says = 'which resembles one that is made of another. Give each header a name of its own.'
    const from = { proxy: 'apache', headers, onlyFrom }
    expectMistake(['', { from }, `from.headers.${role}`, 'ERR_CONFIG_VALUE', says])
    const forward = () => forwardHeaders(null, { proxy: 'apache', headers })
    expect(mistakeOf(forward)).toMatchObject({ code: 'ERR_CONFIG_VALUE', option: `format.headers.${role}` })
  })

  test('and takes one past the last, under which we forward the end entity', async () => {
    const headers = { certificate: 'ssl_client_cert_chain_10' }
    expect(() => authenticatorFor({ from: { proxy: 'apache', headers, onlyFrom } })).not.toThrow()
    const format: ForwardFormat = { proxy: 'apache', headers }
    const inOneLine = ({ certificate: { pem } }: Pick<typeof alice, 'certificate'>) =>
      pem.trimEnd().replaceAll('\n', ' ')
    expect(forwardHeaders(await decided(alice), format)).toMatchObject({
      ssl_client_cert_chain_10: inOneLine(alice),
      ssl_client_cert_chain_0: inOneLine(intermediate),
      ssl_client_cert_chain_1: '(null)',
      ssl_client_verify: 'SUCCESS',
    })
  })

  test.each([
    ['certificate', 'ssl_client_verify', 'verdict'],
    ['verdict', 'SSL-Client-Cert', 'certificate'],
  ])('refuses %s: %s, which is that of another', (role, name, other) => {
    const from = { proxy: 'apache', headers: { [role]: name }, onlyFrom }
    expectMistake(['', { from }, `from.headers.${role}`, 'ERR_CONFIG_VALUE', `resembles that of \`${other}\``])
  })
})
