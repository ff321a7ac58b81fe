import '@clientcert/testing/vitest'
import { describe, expect, test } from 'vitest'
import { alice, behindNginx, linesFor } from '../behind-nginx.ts'
import { requestPlainly, serve } from '../serving.ts'

type Lines = readonly (readonly [string, string])[]

const OWN = ['ssl-client-cert', 'ssl-client-verify', 'ssl-client-subject-dn', 'ssl-client-issuer-dn']

describe('duplicates', () => {
  test.each(OWN)('refuses %s sent twice, the same value or another (RFC 9440 2.2)', async (name) => {
    const { port, last } = await serve('http', behindNginx())
    const value = Object.fromEntries(linesFor(alice))[name] ?? ''
    for (const second of [value, 'another', '']) {
      await requestPlainly({ port }, [...linesFor(alice), [name.toUpperCase(), second]])
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_DUPLICATE_HEADER')
      expect(last().decision).toMatchObject({ failure: { header: name, times: 2 } })
    }
  })

  test('are found before the certificate: an empty first line hides none behind it', async () => {
    const { port, last } = await serve('http', behindNginx(undefined, { mode: 'optional' }))
    await requestPlainly({ port }, [['ssl-client-cert', ''], ...linesFor(alice)])
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_DUPLICATE_HEADER')
  })
})

describe('look-alikes', () => {
  test.each([
    ['ssl_client_cert', 'ssl-client-cert'],
    ['SSL_CLIENT_CERT', 'ssl-client-cert'],
    ['ssl.client.cert', 'ssl-client-cert'],
    ['ssl-client_cert', 'ssl-client-cert'],
    ['Ssl.Client-Verify', 'ssl-client-verify'],
    ['ssl_client_subject_dn', 'ssl-client-subject-dn'],
    ['ssl-client-issuer.dn', 'ssl-client-issuer-dn'],
  ])('refuses %s, which some gateways fold into %s', async (name, resembles) => {
    const { port, last } = await serve('http', behindNginx(undefined, { mode: 'optional' }))
    for (const lines of [[...linesFor(alice), [name, 'x'] as const], [[name, ''] as const]]) {
      await requestPlainly({ port }, lines)
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_LOOKALIKE_HEADER')
      expect(last().decision).toMatchObject({ failure: { header: name.toLowerCase(), resembles } })
    }
  })

  test.each([
    'ssl-client-certs',
    'x-ssl-client-cert',
    'sslclientcert',
    'ssl--client-cert',
    'ssl-client-cert-0',
    'ssl-server-cert',
  ])('lets %s pass, which is another name', async (name) => {
    const { port, last } = await serve('http', behindNginx())
    await requestPlainly({ port }, [...linesFor(alice), [name, 'x']])
    expect(last().decision).toBeAccepted()
    expect(last().headers).toHaveProperty([name], 'x')
  })

  test('of the secret header are refused as well', async () => {
    const secretHeader = { name: 'x-proxy-secret', value: 'c5f1e0b2a97d4e38' }
    const { port, last } = await serve('http', behindNginx({ secretHeader }))
    await requestPlainly({ port }, [
      ...linesFor(alice),
      ['x-proxy-secret', secretHeader.value],
      ['x_proxy_secret', 'x'],
    ])
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_LOOKALIKE_HEADER')
    expect(last().headers).not.toHaveProperty('x_proxy_secret')
  })
})

describe('Connection naming an asserted header (RFC 9110 7.6.1)', () => {
  const many = Array.from({ length: 1_000 }, () => 'a').join(',')

  test.each([
    ['ssl-client-verify', 'ssl-client-verify'],
    ['close, SSL-Client-Cert', 'ssl-client-cert'],
    ['close , \tssl-client-cert ', 'ssl-client-cert'],
    ['ssl_client_cert', 'ssl-client-cert'],
    ['keep-alive,ssl.client.issuer.dn', 'ssl-client-issuer-dn'],
    [`${many},ssl-client-verify`, 'ssl-client-verify'],
  ])('is refused, with the header and without: %.40s', async (connection, header) => {
    const { port, last } = await serve('http', behindNginx(undefined, { mode: 'optional' }))
    for (const lines of [linesFor(alice), []]) {
      await requestPlainly({ port }, [['Connection', connection], ...lines])
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_HOP_BY_HOP')
      expect(last().decision).toMatchObject({ failure: { header } })
    }
  })

  test('is refused in a second Connection line', async () => {
    const { port, last } = await serve('http', behindNginx())
    const lines: Lines = [['Connection', 'close'], ['Connection', 'ssl-client-cert'], ...linesFor(alice)]
    await requestPlainly({ port }, lines)
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_HOP_BY_HOP')
  })

  test('is an attempt to assert, so that from outside the gate refuses it', async () => {
    const { port, last } = await serve('http', behindNginx({ addresses: ['192.0.2.1'] }, { mode: 'optional' }))
    await requestPlainly({ port }, [['Connection', 'ssl-client-cert']])
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')
    expect(last().decision).toMatchObject({ failure: { headers: ['Connection: ssl-client-cert'] } })
  })

  test.each(['close', 'keep-alive', 'x-ssl-client-cert', 'ssl-client-cert-2', 'ssl-client-cert x', many])(
    'and naming something else is not: %.40s',
    async (connection) => {
      const { port, last } = await serve('http', behindNginx())
      await requestPlainly({ port }, [['Connection', connection], ...linesFor(alice)])
      expect(last().decision).toBeAccepted()
    },
  )
})
