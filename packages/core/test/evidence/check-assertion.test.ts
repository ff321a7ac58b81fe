import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Socket } from 'node:net'
import '@clientcert/testing/vitest'
import { injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { checkAssertion } from '../../src/evidence/from-headers.ts'
import { type HeaderFormat, MAX_CHAIN_CHARACTERS, MAX_CHAIN_ENTRIES } from '../../src/headers/header-format.ts'
import { createFormat } from '../../src/headers/registry.ts'
import type { Decision } from '../../src/index.ts'
import { alice, behindNginx, linesFor } from '../behind-nginx.ts'
import { requestOverH2c, requestPlainly, serve } from '../serving.ts'

type Lines = readonly (readonly [string, string])[]

const OWN = ['ssl-client-cert', 'ssl-client-verify', 'ssl-client-subject-dn', 'ssl-client-issuer-dn']

describe('duplicates', () => {
  test.each(OWN)(
    'refuses %s sent twice, the same value or another (RFC 9440 2.2; CVE-2026-31838, CVE-2026-26308)',
    async (name) => {
      const { port, last } = await serve('http', behindNginx())
      const value = Object.fromEntries(linesFor(alice))[name] ?? ''
      for (const second of [value, 'another', '']) {
        await requestPlainly({ port }, [...linesFor(alice), [name.toUpperCase(), second]])
        expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_DUPLICATE_HEADER')
        expect(last().decision).toMatchObject({ failure: { header: name, times: 2 } })
      }
    },
  )

  test.each(['https', 'http2', 'h2c'] as const)('are refused over %s as well', async (kind) => {
    const { server, port, last } = await serve(kind, behindNginx())
    for (const name of OWN) {
      const lines = [...linesFor(alice), [name, 'another'] as const]
      if (kind === 'h2c') await requestOverH2c({ port }, lines)
      else await injectWithCertificate(server, null, { headers: lines })
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

describe('a header that is a list (RFC 9440 2.3: Client-Cert-Chain may come in several lines)', () => {
  const format: HeaderFormat = { ...createFormat('nginx'), listHeaders: new Set(['client-cert-chain']) }
  const checked = (header: string, lines: readonly string[]) =>
    checkAssertion(format, {
      values: new Map([[header, lines]]),
      lookAlikes: [],
      hopByHop: [],
      withoutLine: [],
      lines: lines.length,
    })
  const lines = (count: number, characters: number) =>
    Array.from({ length: count }, (_, index) =>
      'x'.repeat(Math.floor(characters / count) + Number(index === 0) * (characters % count)),
    )

  test('may come in as many lines as it may have entries, no others twice', () => {
    expect(checked('client-cert-chain', lines(MAX_CHAIN_ENTRIES, 1_000))).toBeUndefined()
    expect(checked('client-cert', lines(2, 1_000))).toMatchObject({ code: 'ERR_EVIDENCE_DUPLICATE_HEADER', times: 2 })
  })

  test('is refused by the number of its lines before anything is read (client-certificate-auth#221)', () => {
    const present = MAX_CHAIN_ENTRIES + 1
    expect(checked('client-cert-chain', lines(present, 1_000))).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
      limit: MAX_CHAIN_ENTRIES,
      present,
      unit: 'lines',
    })
  })

  test.each([1, 2, 3, MAX_CHAIN_ENTRIES])('is refused by the characters of all %d lines together', (count) => {
    if (count === 1)
      expect(checked('client-cert', lines(1, MAX_CHAIN_CHARACTERS + 1))?.code).toBe('ERR_ENCODING_TOO_LARGE')
    expect(checked('client-cert-chain', lines(count, MAX_CHAIN_CHARACTERS))).toBeUndefined()
    expect(checked('client-cert-chain', lines(count, MAX_CHAIN_CHARACTERS + 1))).toMatchObject({
      code: 'ERR_ENCODING_TOO_LARGE',
      limit: MAX_CHAIN_CHARACTERS,
      present: MAX_CHAIN_CHARACTERS + 1,
      unit: 'characters',
    })
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
    // CGI folds whatever is no letter or digit (RFC 3875 4.1.18).
    ['ssl~client~cert', 'ssl-client-cert'],
    ['SSL!Client#Cert', 'ssl-client-cert'],
    ["ssl'client`cert", 'ssl-client-cert'],
    ['ssl|client*verify', 'ssl-client-verify'],
    ['ssl$client%verify', 'ssl-client-verify'],
    ['ssl+client&issuer^dn', 'ssl-client-issuer-dn'],
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

  test.each(['https', 'http2', 'h2c'] as const)('are refused over %s as well', async (kind) => {
    const { server, port, last } = await serve(kind, behindNginx())
    for (const name of ['ssl_client_cert', 'ssl~client.verify']) {
      const lines = [...linesFor(alice), [name, 'x'] as const]
      if (kind === 'h2c') await requestOverH2c({ port }, lines)
      else await injectWithCertificate(server, null, { headers: lines })
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_LOOKALIKE_HEADER')
      expect(last().headers).not.toHaveProperty([name])
    }
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

describe('Connection naming an asserted header (RFC 9110 7.6.1; CVE-2024-45410)', () => {
  const many = Array.from({ length: 1_000 }, () => 'a').join(',')

  test.each([
    ['ssl-client-verify', 'ssl-client-verify'],
    ['close, SSL-Client-Cert', 'ssl-client-cert'],
    ['close , \tssl-client-cert ', 'ssl-client-cert'],
    ['ssl_client_cert', 'ssl-client-cert'],
    ['keep-alive,ssl.client.issuer.dn', 'ssl-client-issuer-dn'],
    ['ssl!client~cert', 'ssl-client-cert'],
    [',, ,ssl-client-cert,,', 'ssl-client-cert'],
    // Not by the grammar, but Apache takes what follows white space or a semicolon for one more name (measured).
    ['close ssl-client-cert', 'ssl-client-cert'],
    ['ssl-client-cert\tx', 'ssl-client-cert'],
    ['close;ssl-client-cert', 'ssl-client-cert'],
    ['ssl-client-cert;q=1', 'ssl-client-cert'],
    ['"ssl-client-cert"', 'ssl-client-cert'],
    ['close, "x ssl-client-cert', 'ssl-client-cert'],
    ['\u00a0ssl-client-cert\u00ff', 'ssl-client-cert'],
    [`${many},ssl-client-verify`, 'ssl-client-verify'],
  ])('is refused, with the header and without: %.40s', async (connection, header) => {
    const { port, last } = await serve('http', behindNginx(undefined, { mode: 'optional' }))
    for (const lines of [linesFor(alice), []]) {
      await requestPlainly({ port }, [['Connection', connection], ...lines])
      expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_HOP_BY_HOP')
      expect(last().decision).toMatchObject({ failure: { header } })
    }
  })

  test('is refused of a request for an upgrade, and for 100 Continue', async () => {
    const authenticator = behindNginx()
    const { server, port } = await serve('http', authenticator)
    const decisions: Promise<Decision>[] = []
    server.on('upgrade', (request: IncomingMessage, socket: Socket) => {
      decisions.push(authenticator.authenticate(request))
      socket.end('HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')
    })
    server.on('checkContinue', (request: IncomingMessage, response: ServerResponse) => {
      decisions.push(authenticator.authenticate(request))
      response.end()
    })
    const upgrade = (connection: string): Lines => [['Upgrade', 'x'], ['Connection', connection], ...linesFor(alice)]
    for (const connection of ['Upgrade', 'Upgrade, ssl-client-cert']) {
      await requestPlainly({ port }, upgrade(connection))
    }
    for (const connection of ['close', 'ssl-client-cert']) {
      await requestPlainly({ port }, [['Expect', '100-continue'], ['Connection', connection], ...linesFor(alice)])
    }
    const refused = { outcome: 'rejected', failure: { code: 'ERR_EVIDENCE_HOP_BY_HOP' } }
    const accepted = { outcome: 'accepted' }
    await expect(Promise.all(decisions)).resolves.toMatchObject([accepted, refused, accepted, refused])
  })

  test('is refused in a second Connection line', async () => {
    const { port, last } = await serve('http', behindNginx())
    const lines: Lines = [['Connection', 'close'], ['Connection', 'ssl-client-cert'], ...linesFor(alice)]
    await requestPlainly({ port }, lines)
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_HOP_BY_HOP')
    await requestPlainly({ port }, [['Connection', 'ssl_client_cert'], ...linesFor(alice), ['connection', 'close']])
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_HOP_BY_HOP')
  })

  test('is an attempt to assert, so that from outside the gate refuses it', async () => {
    const { port, last } = await serve('http', behindNginx({ addresses: ['192.0.2.1'] }, { mode: 'optional' }))
    await requestPlainly({ port }, [['Connection', 'ssl-client-cert']])
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')
    expect(last().decision).toMatchObject({ failure: { headers: ['Connection: ssl-client-cert'] } })
  })

  test.each(['close', 'keep-alive', 'x-ssl-client-cert', 'ssl-client-cert-2', 'ssl client cert', many])(
    'and naming something else is not: %.40s',
    async (connection) => {
      const { port, last } = await serve('http', behindNginx())
      await requestPlainly({ port }, [['Connection', connection], ...linesFor(alice)])
      expect(last().decision).toBeAccepted()
    },
  )
})
