import { createAuthority, generateKeyPair, startConsulAgent } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import type { AgentAnswer } from '../../src/agent/agent.ts'
import { parseLeaf } from '../../src/certificates/leaf.ts'
import { parsePemCertificates } from '../../src/certificates/pem-certificates.ts'
import { anchorsOf, parseRoots } from '../../src/certificates/roots.ts'
import { parseServiceUri } from '../../src/certificates/service-uri.ts'
import { ConsulError, consulError } from '../../src/consul-error.ts'

const answer = (json: unknown): AgentAnswer => ({
  json,
  index: '1',
  refuse: (problem) => consulError('ERR_CONSUL_ANSWER', { agent: 'agent', path: '/path', problem }),
})

const agent = await startConsulAgent()
const [root] = agent.roots()
if (!root) throw new TypeError('there is a root')
const leaf = agent.leaf('web')
await agent.stop()

const problemOf = (parse: () => unknown): unknown => {
  try {
    parse()
  } catch (error) {
    if (error instanceof ConsulError) return `${error.code}: ${Reflect.get(error.failure, 'problem')}`
  }
  return 'accepted'
}

describe('roots', () => {
  const roots = (...Roots: readonly object[]) => ({ ActiveRootID: root.ID, Roots })
  const parse = (json: unknown) => parseRoots(answer(json))

  test('are all taken, the active one first', () => {
    const old = { ...root, ID: 'old', Active: false, RootCert: createAuthority('old').certificate.pem }
    const parsed = parse(roots(old, root))
    expect(parsed.roots.map(({ id, isActive }) => [id, isActive])).toEqual([
      ['old', false],
      [root.ID, true],
    ])
    expect(anchorsOf(parsed).map(({ pem }) => pem)).toEqual([root.RootCert, old.RootCert])
  })

  test('that are the same certificate twice are one anchor', () => {
    expect(anchorsOf(parse(roots(root, { ...root, ID: 'again', Active: false })))).toHaveLength(1)
  })

  test.each([
    ['a field that is missing', { Roots: [root] }, 'ERR_CONSUL_ANSWER: ActiveRootID is missing, and should be a text'],
    ['no list', { ActiveRootID: 'a', Roots: {} }, 'ERR_CONSUL_ANSWER: Roots is a object, and should be a list'],
    [
      'a root that is no object',
      roots('a' as never),
      'ERR_CONSUL_ANSWER: Roots[0] is a string, and should be an object',
    ],
    [
      'no certificate',
      roots({ ...root, RootCert: '' }),
      'ERR_CONSUL_ANSWER: Roots[0].RootCert is empty, and should be a text',
    ],
    [
      'another text',
      roots({ ...root, RootCert: 'x' }),
      'ERR_CONSUL_ROOTS: Roots[0].RootCert: it holds something that is no certificate',
    ],
    [
      'no word on whether it is active',
      roots({ ...root, Active: 'yes' }),
      'ERR_CONSUL_ANSWER: Roots[0].Active is a string, and should be true or false',
    ],
    [
      'a contradiction',
      roots({ ...root, Active: false }),
      'ERR_CONSUL_ANSWER: Roots[0].Active and ActiveRootID contradict each other',
    ],
    ['no root', roots(), 'ERR_CONSUL_ROOTS: none of them is active'],
    ['null for a list', { ActiveRootID: 'a', Roots: null }, 'ERR_CONSUL_ROOTS: none of them is active'],
    [
      'an intermediate that is no text',
      roots({ ...root, IntermediateCerts: [1] }),
      'ERR_CONSUL_ANSWER: Roots[0].IntermediateCerts[0] is no text',
    ],
    [
      'more than can be',
      roots(...Array.from({ length: 33 }, () => root)),
      'ERR_CONSUL_ANSWER: Roots has 33 elements, and should have at most 32',
    ],
    [
      'a root that is not self-signed, hence no anchor',
      roots({ ...root, RootCert: createAuthority().intermediate().certificate.pem }),
      'ERR_CONSUL_ROOTS: Roots[0].RootCert holds no self-signed certificate, hence no trust anchor',
    ],
  ])('are refused for %s', (_what, json, problem) => {
    expect(problemOf(() => parse(json))).toBe(problem)
  })

  test('are not refused one by one: a part of them is never used', () => {
    expect(problemOf(() => parse(roots(root, { ...root, ID: 'b', Active: false, RootCert: 'x' })))).toContain(
      'Roots[1].RootCert',
    )
  })
})

describe('leaf', () => {
  const web = { service: 'web', namespace: null, partition: null }
  const parse =
    (json: unknown, name = web) =>
    () =>
      parseLeaf(answer(json), name)

  test('is taken with its key, where it is the service that was asked for', () => {
    expect(parse(leaf)()).toMatchObject({ uri: leaf.ServiceURI, privateKey: leaf.PrivateKeyPEM })
  })

  test('is refused for another service', () => {
    expect(problemOf(parse(leaf, { ...web, service: 'api' }))).toBe('ERR_CONSUL_LEAF: it is for the service web')
    expect(problemOf(parse(leaf, { ...web, service: 'we' }))).toBe('ERR_CONSUL_LEAF: it is for the service web')
  })

  test('is refused with a second key, or anything else, behind its own: another reader might take that', () => {
    const { privateKey } = generateKeyPair()
    const other = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    for (const behind of [other, 'text', leaf.CertPEM]) {
      expect(problemOf(parse({ ...leaf, PrivateKeyPEM: leaf.PrivateKeyPEM + behind }))).toBe(
        'ERR_CONSUL_LEAF: PrivateKeyPEM holds no private key that can be read',
      )
    }
    expect(parse({ ...leaf, PrivateKeyPEM: `\n${leaf.PrivateKeyPEM}\n` })().uri).toBe(leaf.ServiceURI)
  })

  test('is refused with another key, or with what is none, and the message holds nothing of it', () => {
    const key = generateKeyPair().privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(problemOf(parse({ ...leaf, PrivateKeyPEM: key }))).toBe(
      'ERR_CONSUL_LEAF: PrivateKeyPEM is not the key of CertPEM',
    )
    expect(problemOf(parse({ ...leaf, PrivateKeyPEM: 'secret' }))).toBe(
      'ERR_CONSUL_LEAF: PrivateKeyPEM holds no private key that can be read',
    )
  })

  test('is refused where its certificate has another URI than ServiceURI, or two', () => {
    const uri = leaf.ServiceURI.replace('/svc/web', '/svc/api')
    expect(problemOf(parse({ ...leaf, ServiceURI: uri }, { ...web, service: 'api' }))).toContain(
      'its only URI should be ServiceURI',
    )
    const two = createAuthority().issue({ san: { uri: [leaf.ServiceURI, uri] } })
    const both = { CertPEM: two.fullChainPem, PrivateKeyPEM: two.privateKeyPem, ServiceURI: leaf.ServiceURI }
    expect(problemOf(parse(both))).toContain('its only URI should be ServiceURI')
  })

  test('is refused where ServiceURI names no service', () => {
    const gateway = createAuthority().issue({ san: { uri: 'spiffe://td.consul/gateway/mesh/dc/dc1' } })
    const json = {
      CertPEM: gateway.fullChainPem,
      PrivateKeyPEM: gateway.privateKeyPem,
      ServiceURI: 'spiffe://td.consul/gateway/mesh/dc/dc1',
    }
    expect(problemOf(parse(json))).toContain('names no service')
  })

  test.each(['CertPEM', 'PrivateKeyPEM', 'ServiceURI'])('is refused without %s', (field) => {
    expect(problemOf(parse({ ...leaf, [field]: undefined }))).toBe(
      `ERR_CONSUL_ANSWER: ${field} is missing, and should be a text`,
    )
    expect(problemOf(parse(Object.create(leaf)))).toContain('is missing')
  })
})

describe('certificates of a field', () => {
  const pem = root.RootCert

  test('are taken in their order, whatever the line ends', () => {
    expect(parsePemCertificates(leaf.CertPEM + pem)).toHaveLength(2)
    expect(parsePemCertificates(pem.replaceAll('\n', '\r\n'))).toHaveLength(1)
  })

  test.each([
    ['', 'it holds no certificate'],
    [`${pem}x`, 'it holds something that is no certificate'],
    [leaf.PrivateKeyPEM + pem, 'it holds something that is no certificate'],
    [pem.replace(/MII/, 'M!I'), 'it holds something that is no certificate'],
    [pem.replace('-----END', 'A-----END'), 'a certificate in it is no base64'],
    ['-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----', 'a certificate in it cannot be read'],
    [pem.repeat(11), 'it holds 11 certificates, at most 10'],
  ])('are refused as a whole (%#)', (text, problem) => {
    expect(parsePemCertificates(text)).toEqual(expect.stringContaining(problem))
  })

  test('are as many as ten', () => {
    expect(parsePemCertificates(pem.repeat(10))).toHaveLength(10)
  })
})

describe('a service URI', () => {
  test('has a partition only where it is not the default one', () => {
    expect(parseServiceUri('spiffe://td.consul/ns/default/dc/dc1/svc/web')).toEqual({
      trustDomain: 'td.consul',
      partition: 'default',
      namespace: 'default',
      datacenter: 'dc1',
      service: 'web',
    })
    expect(parseServiceUri('spiffe://td.consul/ap/eu/ns/a/dc/dc1/svc/b%2Fc')).toMatchObject({
      partition: 'eu',
      service: 'b/c',
    })
  })

  test.each([
    'spiffe://td.consul/ns/default/dc/dc1/svc/web/more',
    'spiffe://td.consul/ns/default/dc/dc1/svc/',
    'spiffe://td.consul:8500/ns/default/dc/dc1/svc/web',
    'spiffe://td.consul/ns/default/dc/dc1/svc/%zz',
    'https://td.consul/ns/default/dc/dc1/svc/web',
    'xspiffe://td.consul/ns/default/dc/dc1/svc/web',
  ])('is nothing else: %s', (uri) => {
    expect(parseServiceUri(uri)).toBeNull()
  })
})
