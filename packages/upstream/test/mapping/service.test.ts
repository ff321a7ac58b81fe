import { describe, expect, test } from 'vitest'
import { readService } from '../../src/mapping/service.ts'

describe('a service is read as `[scheme://]host[:port]` (Ambassador)', () => {
  test.each([
    ['https://productpage:9080', 'https', 'productpage', 9080],
    ['https://qotm-proxy', 'https', 'qotm-proxy', null],
    ['upstream-service', null, 'upstream-service', null],
    ['HTTP://Upstream.Default:65535', 'http', 'upstream.default', 65_535],
    ['a_b.default.svc.cluster.local.:1', null, 'a_b.default.svc.cluster.local.', 1],
    ['127.0.0.1:8080', null, '127.0.0.1', 8080],
    ['https://[::1]:8443', 'https', '::1', 8443],
    ['[fd00::1]', null, 'fd00::1', null],
  ])('%s', (text, scheme, host, port) => {
    expect(readService(text, 'service')).toEqual({ scheme, host, port })
  })
})

describe('what is no service is refused, with the fix', () => {
  test.each([
    ['ftp://a', 'ERR_CONFIG_VALUE', 'neither http nor https'],
    ['https://a/b', 'ERR_CONFIG_VALUE', 'A path belongs into `rewrite`'],
    ['https://a/', 'ERR_CONFIG_VALUE', 'more than a host and a port'],
    ['a?b', 'ERR_CONFIG_VALUE', 'more than a host and a port'],
    ['a#b', 'ERR_CONFIG_VALUE', 'more than a host and a port'],
    ['https://u:p@a', 'ERR_CONFIG_VALUE', 'user information'],
    ['https://', 'ERR_CONFIG_VALUE', 'neither a DNS name nor an IP address'],
    [':80', 'ERR_CONFIG_VALUE', 'neither a DNS name nor an IP address'],
    ['a b', 'ERR_CONFIG_VALUE', 'neither a DNS name nor an IP address'],
    ['a..b', 'ERR_CONFIG_VALUE', 'neither a DNS name nor an IP address'],
    ['b\u00fccher.example', 'ERR_CONFIG_VALUE', 'neither a DNS name nor an IP address'],
    ['[::g]', 'ERR_CONFIG_VALUE', 'An IPv6 address has brackets'],
    ['::1', 'ERR_CONFIG_VALUE', 'An IPv6 address has brackets'],
    // To URL, and so to proxies, these are 127.0.0.1.
    ['127.1', 'ERR_CONFIG_VALUE', 'neither a DNS name nor an IP address'],
    ['0x7f000001', 'ERR_CONFIG_VALUE', 'neither a DNS name nor an IP address'],
    ['a:0', 'ERR_CONFIG_RANGE', 'from 1 to 65535'],
    ['a:65536', 'ERR_CONFIG_RANGE', 'from 1 to 65535'],
    ['a:', 'ERR_CONFIG_RANGE', 'from 1 to 65535'],
    ['a:8o', 'ERR_CONFIG_RANGE', 'from 1 to 65535'],
    ['', 'ERR_CONFIG_TYPE', 'not empty'],
    [8080, 'ERR_CONFIG_TYPE', 'not empty'],
  ])('%s', (text, code, says) => {
    expect(() => readService(text, 'mappings[0].service')).toThrow(
      expect.objectContaining({
        code,
        option: 'mappings[0].service',
        message: expect.stringContaining(says) as string,
      }),
    )
  })
})
