/** Which names a proxy's headers may have, wherever they are given: beside its name, in `custom()`, for the secret, and where we are the proxy. */
import { describe, expect, test } from 'vitest'
import { ConfigurationError, type ForwardFormat, forwardHeaders } from '../src/index.ts'
import { authenticatorFor } from './behind-nginx.ts'
import { alice, decided, intermediate } from './decided.ts'
import { expectMistake } from './mistake-in.ts'

const onlyFrom = { addresses: ['127.0.0.1'] }
function mistakeOf(make: () => unknown): ConfigurationError {
  try {
    make()
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('accepted')
}

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
