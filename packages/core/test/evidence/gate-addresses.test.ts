import { Socket } from 'node:net'
import { networkInterfaces } from 'node:os'
import '@clientcert/testing/vitest'
import { describe, expect, test } from 'vitest'
import { checkGate } from '../../src/evidence/gate.ts'
import { readFrom } from '../../src/from-options.ts'
import { alice, behindNginx, linesFor, ruleOf } from '../behind-nginx.ts'
import { requestPlainly, serve } from '../serving.ts'

describe('onlyFrom.addresses', () => {
  /** The gate alone, asked about a peer with this address. */
  function passes(addresses: readonly string[], remoteAddress: string | undefined): boolean {
    const { source } = readFrom({ proxy: 'nginx', onlyFrom: { addresses } })
    const gate = source.kind === 'headers' ? source.gate : null
    if (gate === null) throw new Error('no gate was read')
    const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress })
    return checkGate(gate, { key: socket, socket }, NOTHING_ASSERTED, null) === undefined
  }

  test.each([
    // The bounds of a range, and one past each.
    ['10.1.2.0/24', '10.1.2.0', true],
    ['10.1.2.0/24', '10.1.2.255', true],
    ['10.1.2.0/24', '10.1.1.255', false],
    ['10.1.2.0/24', '10.1.3.0', false],
    ['10.1.2.4/30', '10.1.2.3', false],
    ['10.1.2.4/30', '10.1.2.4', true],
    ['10.1.2.4/30', '10.1.2.7', true],
    ['10.1.2.4/30', '10.1.2.8', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.3', '10.1.2.30', false],
    ['10.1.2.3/32', '10.1.2.2', false],
    ['10.1.2.3/32', '10.1.2.3', true],
    ['10.1.2.3/32', '10.1.2.4', false],
    ['10.1.2.2/31', '10.1.2.1', false],
    ['10.1.2.2/31', '10.1.2.2', true],
    ['10.1.2.2/31', '10.1.2.3', true],
    ['10.1.2.2/31', '10.1.2.4', false],
    ['128.0.0.0/1', '127.255.255.255', false],
    ['128.0.0.0/1', '128.0.0.0', true],
    ['128.0.0.0/1', '255.255.255.255', true],
    ['0.0.0.0/0', '0.0.0.0', true],
    ['0.0.0.0/0', '255.255.255.255', true],
    ['0.0.0.0/0', '203.0.113.9', true],
    // An address with host bits stands for its whole range.
    ['10.1.2.77/24', '10.1.2.1', true],
    ['fd00:1234::/64', 'fd00:1234::', true],
    ['fd00:1234::/64', 'fd00:1234::ffff:ffff:ffff:ffff', true],
    ['fd00:1234::/64', 'fd00:1234:0:1::', false],
    ['fd00:1234::/64', 'fd00:1233:ffff:ffff:ffff:ffff:ffff:ffff', false],
    ['::1', '::1', true],
    ['::1', '::2', false],
    ['fd00::7/128', 'fd00::6', false],
    ['fd00::7/128', 'fd00::7', true],
    ['fd00::7/128', 'fd00::8', false],
    ['fd00::6/127', 'fd00::5', false],
    ['fd00::6/127', 'fd00::7', true],
    ['fd00::6/127', 'fd00::8', false],
    ['::/0', 'ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff', true],
    ['FD00:1234::7', 'fd00:1234:0:0:0:0:0:7', true],
  ])('%s and the peer %s: %s', (rule, peer, expected) => {
    expect(passes([rule], peer)).toBe(expected)
  })

  test.each([
    ['10.1.2.3', '::ffff:10.1.2.3', true],
    ['10.1.2.3', '::FFFF:10.1.2.3', true],
    ['10.1.2.0/24', '::ffff:10.1.3.3', false],
    ['192.0.2.1', '::ffff:c000:201', true],
    ['192.0.2.1', '::FFFF:C000:0201', true],
    ['192.0.2.1', '0:0:0:0:0:ffff:c000:201', true],
    ['192.0.2.1', '::ffff:192.0.2.1%eth0', true],
    ['192.0.2.1', '::ffff:c000:202', false],
    // Neither is IPv4-mapped (RFC 4291 2.5.5): compatible, translated (RFC 2765).
    ['192.0.2.1', '::c000:201', false],
    ['192.0.2.1', '::ffff:0:c000:201', false],
  ])('compares IPv4 peers of a dual-stack server as IPv4: %s and %s: %s', (rule, peer, expected) => {
    expect(passes([rule], peer)).toBe(expected)
  })

  test.each([
    ['::/0', '10.1.2.3', false],
    ['::/0', '::ffff:10.1.2.3', false],
    ['::/0', 'fd00::1', true],
    ['0.0.0.0/0', 'fd00::1', false],
    ['0.0.0.0/0', '::1', false],
    ['127.0.0.1', '::127.0.0.1', false],
  ])('keeps the families apart: %s and %s: %s', (rule, peer, expected) => {
    expect(passes([rule], peer)).toBe(expected)
  })

  test('compares link-local peers without their zone', () => {
    expect(passes(['fe80::1'], 'fe80::1%eth0')).toBe(true)
    expect(passes(['fe80::1'], 'fe80::2%eth0')).toBe(false)
    expect(passes(['fe80::/64'], 'fe80::1%2')).toBe(true)
    expect(passes(['fe80::1'], '%fe80::1')).toBe(false)
  })

  test('says of each peer what the ranges say, however many came before', () => {
    const { source } = readFrom({ proxy: 'nginx', onlyFrom: { addresses: ['10.0.0.0/25'] } })
    const peers = source.kind === 'headers' ? source.gate?.addresses : null
    const has = (remoteAddress: string | undefined) => {
      const socket = Object.defineProperty(new Socket(), 'remoteAddress', { value: remoteAddress })
      return peers?.has({ key: socket, socket })
    }
    for (let round = 0; round < 2; round++) {
      for (let last = 0; last < 300; last++) expect(has(`10.0.${last >> 8}.${last & 255}`)).toBe(last < 128)
      expect(has(undefined)).toBe(false)
    }
  })

  test('lets one of several addresses do', () => {
    expect(passes(['10.0.0.1', 'fd00::1'], 'fd00::1')).toBe(true)
    expect(passes(['10.0.0.1', 'fd00::1'], '10.0.0.2')).toBe(false)
  })

  test.each([undefined, '', 'localhost', '10.1.2', '0x7f000001', '010.1.2.3', '10.1.2.3/32', '::ffff:10.1.2'])(
    'refuses a peer whose address is %o',
    (peer) => {
      expect(passes(['0.0.0.0/0', '::/0'], peer)).toBe(false)
    },
  )

  test('reads the address of the socket, at both ends of a range', async () => {
    const { port, last } = await serve('http', behindNginx({ addresses: ['127.0.0.4/30'] }))
    for (const [localAddress, outcome] of [
      ['127.0.0.3', 'addresses'],
      ['127.0.0.4', 'accepted'],
      ['127.0.0.7', 'accepted'],
      ['127.0.0.8', 'addresses'],
    ] as const) {
      await requestPlainly({ port, localAddress }, linesFor(alice))
      expect(`${localAddress} ${ruleOf(last().decision)}`).toBe(`${localAddress} ${outcome}`)
    }
  })

  const hasIPv6 = Object.values(networkInterfaces()).some((each) => each?.some(({ address }) => address === '::1'))

  test.skipIf(!hasIPv6)('reads an IPv4 peer of a server that listens on ::', async () => {
    const { port, last } = await serve('http', behindNginx({ addresses: ['127.0.0.1'] }), { host: '::', port: 0 })
    await requestPlainly({ port }, linesFor(alice))
    expect(last().request.socket.remoteAddress).toBe('::ffff:127.0.0.1')
    expect(last().decision).toBeAccepted()
    await requestPlainly({ port, host: '::1' }, linesFor(alice))
    expect(ruleOf(last().decision)).toBe('addresses')
  })

  test.each([
    ['X-Forwarded-For', '127.0.0.9'],
    ['X-Real-IP', '127.0.0.9'],
    ['Forwarded', 'for=127.0.0.9'],
    ['Client-IP', '127.0.0.9'],
    ['True-Client-IP', '127.0.0.9'],
    ['CF-Connecting-IP', '127.0.0.9'],
    ['X-Forwarded-Proto', 'https'],
  ])('is not impressed by %s (CVE-2024-10039: the peer is the socket, not what it says)', async (name, value) => {
    const { port, last } = await serve('http', behindNginx({ addresses: ['127.0.0.9'] }))
    await requestPlainly({ port }, [[name, value], ...linesFor(alice)])
    expect(ruleOf(last().decision)).toBe('addresses')
    await requestPlainly({ port, localAddress: '127.0.0.9' }, [[name, '203.0.113.1'], ...linesFor(alice)])
    expect(last().decision).toBeAccepted()
  })

  test('refuses a connection that was destroyed, since it has no address', async () => {
    const authenticator = behindNginx({ addresses: ['127.0.0.1'] })
    const { port, last } = await serve('http', (request) => {
      request.socket.destroy()
      return authenticator.authenticate(request)
    })
    await expect(requestPlainly({ port }, linesFor(alice))).rejects.toThrow()
    expect(last().decision).toBeRejectedWith('ERR_EVIDENCE_UNTRUSTED_PEER')
    expect(last().decision).toMatchObject({ failure: { rule: 'addresses', peer: null } })
  })
})

const NOTHING_ASSERTED = { values: new Map(), lookAlikes: [], hopByHop: [], withoutLine: [], lines: 1 }
