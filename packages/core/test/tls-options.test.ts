import { ConfigurationError, tlsOptions } from '@clientcert/core'
import { describe, expect, test } from 'vitest'

describe('tlsOptions', () => {
  test('asks every client for a certificate and refuses nobody in the handshake', () => {
    expect(tlsOptions({ key: 'k', cert: 'c', minVersion: 'TLSv1.3' })).toEqual({
      key: 'k',
      cert: 'c',
      minVersion: 'TLSv1.3',
      requestCert: true,
      rejectUnauthorized: false,
    })
  })

  test('takes the names to send in the handshake from sendCaNames', () => {
    expect(tlsOptions({ sendCaNames: 'pem' })).toEqual({ ca: ['pem'], requestCert: true, rejectUnauthorized: false })
    expect(tlsOptions({ sendCaNames: ['one', 'two'] })).toMatchObject({ ca: ['one', 'two'] })
  })

  test.each([
    ['requestCert', false],
    ['rejectUnauthorized', true],
    ['ca', 'pem'],
    ['crl', 'pem'],
  ])('refuses %s: %j, which contradicts what it sets or looks like a check that nobody makes', (name, value) => {
    const refused = () => tlsOptions(Object.fromEntries([[name, value]]))
    expect(refused).toThrow(ConfigurationError)
    expect(refused).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: name }))
  })

  test.each([
    ['requestCert', true],
    ['rejectUnauthorized', false],
  ])('accepts %s: %j, which is what it sets', (name, value) => {
    expect(tlsOptions(Object.fromEntries([[name, value]]))).toEqual({ requestCert: true, rejectUnauthorized: false })
  })
})
