import { describe, expect, test } from 'vitest'
import { createAuthenticator, dangerouslyTrustAnyPeer, dns } from '../src/index.ts'
import { resolveOptions } from '../src/options.ts'
import { behind, expectMistake, mistakeIn, onlyFrom, type Row, root, trust } from './mistake-in.ts'

const SECRET = 'c5f1e0b2a97d4e38'
const FROM = 'from.onlyFrom'

const REFUSED: readonly Row[] = [
  // from
  ['another word', { from: 'headers' }, 'from', 'ERR_CONFIG_VALUE', "'socket', or { proxy, onlyFrom }"],
  ['a misspelt word', { from: 'sokcet' }, 'from', 'ERR_CONFIG_VALUE', "'socket', or { proxy, onlyFrom }"],
  ['a proxy as the word', { from: 'nginx' }, 'from', 'ERR_CONFIG_VALUE', "{ proxy: 'nginx', onlyFrom: { ... } }"],
  ['null', { from: null }, 'from', 'ERR_CONFIG_TYPE'],
  [
    'an unknown proxy',
    { from: { proxy: 'ngnix', onlyFrom: { addresses: ['::1'] } } },
    'from.proxy',
    'ERR_CONFIG_VALUE',
    'Did you mean `nginx`?',
  ],
  [
    'a proxy that has no name here',
    { from: { proxy: 'istio', onlyFrom: { addresses: ['::1'] } } },
    'from.proxy',
    'ERR_CONFIG_VALUE',
    '. Use one of `nginx`, ',
  ],
  [
    'a proxy by its name in other words',
    { from: { proxy: 'ha-proxy', onlyFrom: { addresses: ['::1'] } } },
    'from.proxy',
    'ERR_CONFIG_VALUE',
    'Did you mean `haproxy`?',
  ],
  [
    'a proxy named constructor',
    { from: { proxy: 'constructor', onlyFrom: { addresses: ['::1'] } } },
    'from.proxy',
    'ERR_CONFIG_VALUE',
  ],
  ['no proxy', { from: { onlyFrom: { addresses: ['::1'] } } }, 'from.proxy', 'ERR_CONFIG_VALUE'],
  ['no gate', behind({}), FROM, 'ERR_CONFIG_NO_GATE', 'Say who may send'],
  ['an empty gate', onlyFrom({}), FROM, 'ERR_CONFIG_NO_GATE', 'at least one'],
  ['a gate that is true', behind({ onlyFrom: true }), FROM, 'ERR_CONFIG_TYPE'],
  ['a gate that is an address', behind({ onlyFrom: '10.0.0.1' }), FROM, 'ERR_CONFIG_TYPE'],
  ['a misspelt rule', onlyFrom({ adresses: ['::1'] }), `${FROM}.adresses`, 'ERR_CONFIG_UNKNOWN_OPTION', '`addresses`'],
  [
    'a rule that is undefined',
    onlyFrom({ addresses: ['::1'], certificate: undefined }),
    `${FROM}.certificate`,
    'ERR_CONFIG_TYPE',
  ],
  [
    'an unknown onProxyVerdict',
    behind({ onlyFrom: { addresses: ['::1'] }, onProxyVerdict: 'trust' }),
    'from.onProxyVerdict',
    'ERR_CONFIG_VALUE',
    '`consistent`',
  ],
  [
    'onlyFrom and dangerouslyTrustAnyPeer',
    behind({ onlyFrom: { addresses: ['::1'] }, [dangerouslyTrustAnyPeer]: true }),
    'from[dangerouslyTrustAnyPeer]',
    'ERR_CONFIG_VALUE',
  ],
  [
    'dangerouslyTrustAnyPeer that is false',
    behind({ [dangerouslyTrustAnyPeer]: false }),
    'from[dangerouslyTrustAnyPeer]',
    'ERR_CONFIG_VALUE',
  ],
  [
    'dangerouslyTrustAnyPeer as a string',
    behind({ dangerouslyTrustAnyPeer: true }),
    'from.dangerouslyTrustAnyPeer',
    'ERR_CONFIG_UNKNOWN_OPTION',
  ],

  // from.onlyFrom
  ...[
    'localhost',
    '10.0.0',
    '10.0.0.1/33',
    '10.0.0.1/-1',
    '10.0.0.1/08',
    '10.0.0.1/',
    '10.0.0.0/8/8',
    '::1/129',
    '10.0.0.1:80',
    ' 10.0.0.1',
    '*',
  ].map(
    (text): Row => [
      `the address ${text}`,
      onlyFrom({ addresses: ['::1', text] }),
      `${FROM}.addresses[1]`,
      'ERR_CONFIG_VALUE',
      'Host names are not resolved',
    ],
  ),
  ...['::ffff:10.0.0.1', '::FFFF:10.0.0.0/96', '0:0:0:0:0:ffff:0:0/96', '::ffff:a00:1'].map(
    (text): Row => [
      `the mapped address ${text}`,
      onlyFrom({ addresses: [text] }),
      `${FROM}.addresses[0]`,
      'ERR_CONFIG_VALUE',
      'Write the IPv4 address',
    ],
  ),
  ...['::/96', '::/80', '0::ffff:0/112', '::ffff:0/112', '::10.0.0.7', '::a00:7/128', '::10.0.0.0/8', '::1/96'].map(
    (text): Row => [
      `the address ${text}, which is of no peer`,
      onlyFrom({ addresses: ['10.0.0.7', text] }),
      `${FROM}.addresses[1]`,
      'ERR_CONFIG_VALUE',
      'Write IPv4 addresses as IPv4',
    ],
  ),
  [
    'an address with a zone',
    onlyFrom({ addresses: ['fe80::1%eth0'] }),
    `${FROM}.addresses[0]`,
    'ERR_CONFIG_VALUE',
    'zone',
  ],
  ['no address', onlyFrom({ addresses: [] }), `${FROM}.addresses`, 'ERR_CONFIG_TYPE'],
  ['addresses as one string', onlyFrom({ addresses: '10.0.0.1' }), `${FROM}.addresses`, 'ERR_CONFIG_TYPE'],
  ['an address that is a number', onlyFrom({ addresses: [127] }), `${FROM}.addresses[0]`, 'ERR_CONFIG_TYPE'],
  ['an empty unixSocket', onlyFrom({ unixSocket: '' }), `${FROM}.unixSocket`, 'ERR_CONFIG_TYPE'],
  ['a unixSocket that is true', onlyFrom({ unixSocket: true }), `${FROM}.unixSocket`, 'ERR_CONFIG_TYPE'],
  [
    'a certificate without trust',
    onlyFrom({ certificate: { allow: dns('x') } }),
    `${FROM}.certificate.trust`,
    'ERR_CONFIG_MISSING',
  ],
  [
    'a certificate without a rule',
    onlyFrom({ certificate: { trust } }),
    `${FROM}.certificate.allow`,
    'ERR_CONFIG_MISSING',
    'which certificate',
  ],
  ['a certificate that is true', onlyFrom({ certificate: true }), `${FROM}.certificate`, 'ERR_CONFIG_TYPE'],
  [
    'a certificate with a name for a rule',
    onlyFrom({ certificate: { trust, allow: 'ingress' } }),
    `${FROM}.certificate.allow`,
    'ERR_CONFIG_TYPE',
  ],
  [
    'a certificate of a bare path',
    onlyFrom({ certificate: { trust: 'ca.pem', allow: dns('x') } }),
    `${FROM}.certificate.trust`,
    'ERR_CONFIG_TYPE',
  ],
  [
    'a certificate of nobody',
    onlyFrom({ certificate: { trust: { pem: root.intermediate().certificate.pem }, allow: dns('x') } }),
    'trust',
    'ERR_CONFIG_NO_ANCHOR',
  ],
  [
    'a secret without a name',
    onlyFrom({ secretHeader: { value: SECRET } }),
    `${FROM}.secretHeader.name`,
    'ERR_CONFIG_TYPE',
  ],
  [
    'a secret without a value',
    onlyFrom({ secretHeader: { name: 'x-secret' } }),
    `${FROM}.secretHeader.value`,
    'ERR_CONFIG_TYPE',
  ],
  ...[`${SECRET}\n`, ` ${SECRET}`, `${SECRET}\t`, `${SECRET}\u0000${SECRET}`].map(
    (value): Row => [
      `a secret that no header can carry: ${JSON.stringify(value)}`,
      onlyFrom({ secretHeader: { name: 'x-secret', value } }),
      `${FROM}.secretHeader.value`,
      'ERR_CONFIG_VALUE',
      'Trim what was read from a file',
    ],
  ),
  [
    'a secret of 15 characters',
    onlyFrom({ secretHeader: { name: 'x-secret', value: SECRET.slice(1) } }),
    `${FROM}.secretHeader.value`,
    'ERR_CONFIG_RANGE',
    'openssl rand',
  ],
  ...[
    'ssl-client-cert',
    'SSL-Client-Verify',
    'host',
    'Connection',
    'content-length',
    'transfer-encoding',
    'cookie',
    'authorization',
    'content-type',
    'upgrade',
    'x_secret',
    'x secret',
    '__proto__',
    'x:y',
    'sécret',
  ].map(
    (name): Row => [
      `a secret named ${name}`,
      onlyFrom({ secretHeader: { name, value: SECRET } }),
      `${FROM}.secretHeader.name`,
      'ERR_CONFIG_VALUE',
    ],
  ),
]

/** Each would be the look-alike of the other, and every request refused. */
test.each([
  [{}, 'ssl-client-cert'],
  [{ headers: { certificate: 'x.cert' } }, 'x-cert'],
  [{ headers: { certificate: 'x_cert', verdict: 'x-verdict' } }, 'X-Cert'],
  [{ headers: { subject: 'x_proxy.secret' } }, 'x-proxy-secret'],
])('refuses a secret whose name folds into one that the proxy asserts: %o and %s', (choice, name) => {
  const from = { proxy: 'nginx', ...choice, onlyFrom: { secretHeader: { name, value: SECRET } } }
  expectMistake(['', { from }, `${FROM}.secretHeader.name`, 'ERR_CONFIG_VALUE', 'a name of its own'])
})

test.each(REFUSED.map((row) => ({ title: row[0], row })))('refuses $title', ({ row }) => expectMistake(row))

describe('from', () => {
  test('never show a secret in a message', () => {
    const value = 'short-secret'
    expect(mistakeIn({ trust, ...onlyFrom({ secretHeader: { name: 'x-secret', value } }) }).message).not.toContain(
      value,
    )
    const wrong = { hidden: value }
    expect(
      mistakeIn({ trust, ...onlyFrom({ secretHeader: { name: 'x-secret', value: wrong } }) }).message,
    ).not.toContain(value)
  })

  test('of a gate: the verdict of the proxy must be consistent', () => {
    const { from } = resolveOptions({ trust, ...onlyFrom({ addresses: ['10.0.0.1'] }) })
    expect(from.source).toMatchObject({ kind: 'headers', onProxyVerdict: 'consistent' })
    expect(from.warnings).toEqual([])
  })
})

test.each(['10.0.0.7', '::1', '::1/128', '0:0:0:0:0:0:0:1', '::/0', '::/64', '64:ff9b::/96'])(
  'takes the address %s, which a peer may have',
  (text) => {
    expect(() => resolveOptions({ trust, ...onlyFrom({ addresses: [text] }) })).not.toThrow()
  },
)

describe('a wide range as the only rule', () => {
  const warningsOf = (rules: object) => resolveOptions({ trust, ...onlyFrom(rules) }).from.warnings
  const secretHeader = { name: 'x-secret', value: SECRET }

  test.each([
    ['10.0.0.0/24', 0],
    ['10.0.0.0/23', 1],
    ['0.0.0.0/0', 1],
    ['fd00::/64', 0],
    ['fd00::/63', 1],
    ['::/0', 1],
  ])('is warned about at start beyond /24 and /64: %s: %i', (range, warnings) => {
    expect(warningsOf({ addresses: [range] })).toHaveLength(warnings)
    expect(warningsOf({ addresses: ['10.9.9.9', range] })).toHaveLength(warnings)
    expect(warningsOf({ addresses: [range], secretHeader })).toEqual([])
  })

  test('reaches the logger, or else the process', async () => {
    const warned: string[] = []
    const logger = { info: () => {}, warn: (_: object, message: string) => void warned.push(message) }
    createAuthenticator({ trust, from: { proxy: 'nginx', onlyFrom: { addresses: ['10.0.0.0/8'] } }, logger }).close()
    expect(warned).toEqual([expect.stringContaining('10.0.0.0/8')])
    const emitted = new Promise<Error>((resolve) => process.once('warning', resolve))
    createAuthenticator({ trust, from: { proxy: 'nginx', onlyFrom: { addresses: ['10.0.0.0/8'] } } }).close()
    expect(await emitted).toMatchObject({
      name: 'ClientCertWarning',
      message: expect.stringContaining('10.0.0.0/8') as string,
    })
  })
})
