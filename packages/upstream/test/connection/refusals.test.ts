import { broken, createAuthority, DEFAULT_CLOCK, type Leaf, mintCrl, serverCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { dangerouslyDisableServerVerification, type TlsContextOptions, UpstreamError } from '../../src/index.ts'
import {
  ask,
  contextOf,
  errorOf,
  localhost,
  meshed,
  meshServer,
  pemOf,
  servers,
  startUpstream,
  VERSIONS,
} from '../serving.ts'

interface Case {
  readonly title: string
  readonly leaf: Leaf
  readonly options?: Partial<TlsContextOptions>
  readonly code: string
  /** Of the failure that is within. */
  readonly within?: string
}

const inMesh = { pem: pemOf(meshed('spiffe://mesh.example/ns/prod/sa/gateway')) }
const revoked = serverCertificate(servers)
const crl = { pem: mintCrl(servers, { entries: [{ certificate: revoked.certificate }] }).pem }

const refused: readonly Case[] = [
  {
    title: 'a certificate for another name (RFC 9525 6.3)',
    leaf: serverCertificate(servers, { san: { dns: 'other.example' } }),
    code: 'ERR_UPSTREAM_HOST',
  },
  {
    title: 'a certificate without subjectAltName, whatever its common name says (RFC 9525 2)',
    leaf: serverCertificate(servers, { subject: 'localhost', san: null }),
    code: 'ERR_UPSTREAM_HOST',
  },
  {
    title: 'another SPIFFE id than the expected one (X509-SVID 2)',
    leaf: meshServer('spiffe://mesh.example/ns/prod/sa/other'),
    options: { ...inMesh, expectedServer: { spiffeId: 'spiffe://mesh.example/ns/prod/sa/api' } },
    code: 'ERR_UPSTREAM_SPIFFE_ID',
  },
  {
    title: 'a server of another trust domain than ours (X509-SVID 2)',
    leaf: meshServer('spiffe://elsewhere.example/ns/prod/sa/api'),
    options: inMesh,
    code: 'ERR_UPSTREAM_TRUST_DOMAIN',
  },
  {
    title: 'a server without a SPIFFE id where ours has one, though its name is right',
    leaf: localhost,
    options: inMesh,
    code: 'ERR_UPSTREAM_TRUST_DOMAIN',
  },
  {
    title: 'an unknown authority (RFC 5280 6.1)',
    leaf: serverCertificate(createAuthority('Unknown CA')),
    code: 'ERR_UPSTREAM_CERTIFICATE',
    within: 'ERR_PATH_ISSUER_MISSING',
  },
  {
    title: 'an expired certificate (RFC 5280 4.1.2.5)',
    leaf: serverCertificate(servers, { notAfter: new Date(DEFAULT_CLOCK.getTime() - 1_000) }),
    code: 'ERR_UPSTREAM_CERTIFICATE',
    within: 'ERR_PATH_EXPIRED',
  },
  {
    title: 'a revoked certificate (RFC 5280 6.3)',
    leaf: revoked,
    options: { crl },
    code: 'ERR_UPSTREAM_CERTIFICATE',
    within: 'ERR_REVOCATION_REVOKED',
  },
  {
    title: 'a self-signed certificate',
    leaf: broken.selfSigned({ subject: 'localhost', san: { dns: 'localhost' }, eku: ['serverAuth'] }),
    code: 'ERR_UPSTREAM_CERTIFICATE',
    within: 'ERR_PATH_SELF_SIGNED',
  },
  {
    title: 'a certificate for clients (RFC 5280 4.2.1.12)',
    leaf: serverCertificate(servers, { eku: ['clientAuth'] }),
    code: 'ERR_UPSTREAM_CERTIFICATE',
    within: 'ERR_PATH_EXTENDED_KEY_USAGE',
  },
  {
    title: 'a forged signature',
    leaf: broken.forgedSignature(serverCertificate(servers)),
    code: 'ERR_UPSTREAM_CERTIFICATE',
    within: 'ERR_SIGNATURES_INVALID',
  },
]

const accepted: readonly Omit<Case, 'code'>[] = [
  { title: 'a certificate for the host that is connected to', leaf: localhost },
  {
    title: 'the expected SPIFFE id',
    leaf: meshServer('spiffe://mesh.example/ns/prod/sa/api'),
    options: { ...inMesh, expectedServer: { spiffeId: 'spiffe://mesh.example/ns/prod/sa/api' } },
  },
  { title: 'any server of our trust domain', leaf: meshServer('spiffe://mesh.example/ns/b/sa/c'), options: inMesh },
  {
    title: 'the host, where it is expected beside a SPIFFE id of ours',
    leaf: localhost,
    options: { ...inMesh, expectedServer: 'host' },
  },
  { title: 'a certificate that is on no list of revoked ones', leaf: localhost, options: { crl } },
  {
    title: 'a certificate by way of the intermediate that the server sends',
    leaf: serverCertificate(servers.intermediate()),
  },
  {
    title: 'anybody, once verification is dangerously disabled',
    leaf: serverCertificate(createAuthority('Unknown CA'), { san: { dns: 'other.example' } }),
    options: { [dangerouslyDisableServerVerification]: true, logger: { info: () => {}, warn: () => {} } },
  },
]

describe.each(VERSIONS)('over %s', (version) => {
  test.each(refused)('refuses $title, before an octet of a request', async ({ leaf, options, code, within }) => {
    const upstream = await startUpstream(leaf, { minVersion: version, maxVersion: version })
    const context = contextOf(options)
    const error = await errorOf(context.connect(upstream.target))
    await upstream.ended()
    expect(error).toBeInstanceOf(UpstreamError)
    expect(error.code).toBe(code)
    if (within !== undefined) {
      expect((error as UpstreamError).failure).toMatchObject({ failure: { code: within } })
    }
    expect(error.message).toContain(`localhost:${upstream.port}`)
    expect(upstream.received()).toBe(0)
    expect(context.status().connections.open).toBe(0)
  })

  test.each(accepted)('accepts $title', async ({ leaf, options }) => {
    const upstream = await startUpstream(leaf, { minVersion: version, maxVersion: version })
    const socket = await contextOf(options).connect(upstream.target)
    expect(socket.getProtocol()).toBe(version)
    expect(await ask(socket)).toBe('pong')
    expect(upstream.received()).toBe(4)
  })
})
