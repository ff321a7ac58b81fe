/** What the operator names by URL is checked at start: what would never be asked would be no answer for ever. */
import { createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { createAuthenticator, type RevocationOptions } from '../../src/index.ts'

const { pem } = createAuthority('Clients CA').certificate

const start = (revocation: RevocationOptions): void => createAuthenticator({ trust: { pem }, revocation }).close()

const asResponder = (responder: string, fetch: RevocationOptions['fetch'] = {}): RevocationOptions => ({
  follow: ['ocsp'],
  ocsp: { responder },
  fetch,
})

describe('a URL that would never be asked is refused', () => {
  test.each([
    ['http://ocsp.internal:8080/', /revocation\.ocsp\.responder: would never be asked: .*port 8080/],
    ['http://10.0.0.7/', /revocation\.ocsp\.responder: would never be asked: 10\.0\.0\.7 is at an address/],
    ['http://ocsp.internal/a b', /revocation\.ocsp\.responder: would never be asked/],
  ])('%s', (url, message) => {
    expect(() => start(asResponder(url))).toThrow(message)
    const ofList = new RegExp(message.source.replace('ocsp\\.responder', 'crls\\.url'))
    expect(() => start({ crls: { url } })).toThrow(ofList)
  })

  test('and one with a password in it, which is shown nowhere', () => {
    const url = 'http://user:secret@ocsp.internal/'
    expect(() => start(asResponder(url))).toThrow(/^revocation\.ocsp\.responder: has userinfo in it(?!.*secret)/)
    expect(() => start({ crls: { url } })).toThrow(/^revocation\.crls\.url: has userinfo in it(?!.*secret)/)
  })

  test.each([
    ['http://ocsp.internal:8080/', { ports: [8080] }],
    ['http://10.0.0.7/', { addresses: ['10.0.0.7'] }],
    ['http://ocsp.internal/@/', {}],
  ])('but not %s, which may be', (url, fetch) => {
    expect(() => start(asResponder(url, fetch))).not.toThrow()
  })
})
