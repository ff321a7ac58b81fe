import { createAuthority, serverCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import {
  ConfigurationError,
  createAuthenticator,
  dangerouslyAllowWeakAlgorithms,
  type HostsOptions,
  hostContextsOf,
  tlsOptions,
  verifyCertificate,
} from '../src/index.ts'
import { trust } from './mistake-in.ts'

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Server CA'))
const other = serverCertificate(createAuthority('Server CA'))
const rsa = serverCertificate(createAuthority('Server CA'), { key: 'rsa2048' })
const of = (entry: unknown, around: object = {}) => ({ ...around, hosts: { 'a.example': entry } })
const at = (name: string) => `hosts['a.example']${name === '' ? '' : `.${name}`}`

describe('options of hosts are refused at construction, with their path and the fix', () => {
  test.each<[string, object, string, ConfigurationError['code'], RegExp?]>([
    ['no trust anywhere', of({}), at('trust'), 'ERR_CONFIG_MISSING'],
    ['trust that no host uses', of({ trust }, { trust }), 'trust', 'ERR_CONFIG_VALUE', /'\*'/],
    [
      'headers of a proxy',
      of({ trust }, { from: { proxy: 'nginx', onlyFrom: { addresses: ['::1'] } } }),
      'hosts',
      'ERR_CONFIG_VALUE',
      /from/,
    ],
    ['from of one host', of({ trust, from: 'socket' }), at('from'), 'ERR_CONFIG_UNKNOWN_OPTION'],
    ['a clock of one host', of({ trust, clock: () => new Date() }), at('clock'), 'ERR_CONFIG_UNKNOWN_OPTION'],
    ['hosts within hosts', of({ trust, hosts: {} }), at('hosts'), 'ERR_CONFIG_UNKNOWN_OPTION'],
    ['a misspelt one of a host', of({ trust, moed: 'off' }), at('moed'), 'ERR_CONFIG_UNKNOWN_OPTION', /`mode`/],
    ['an unknown one around', of({ trust }, { moed: 'off' }), 'moed', 'ERR_CONFIG_UNKNOWN_OPTION', /`mode`/],
    ['one given as undefined', of({ trust, mode: undefined }), at('mode'), 'ERR_CONFIG_TYPE'],
    ['a wrong one of a host', of({ trust, mode: 'on' }), at('mode'), 'ERR_CONFIG_VALUE', /required/],
    ['a wrong one around', of({ trust }, { mode: 'on' }), 'mode', 'ERR_CONFIG_VALUE'],
    ['a wrong one within one', of({ trust, limits: { presented: -1 } }), at('limits.presented'), 'ERR_CONFIG_RANGE'],
    [
      'a weakness that is none',
      of({ trust, [dangerouslyAllowWeakAlgorithms]: ['MD6'] }),
      at('dangerouslyAllowWeakAlgorithms[0]'),
      'ERR_CONFIG_VALUE',
    ],
    ['anchors that a host does not have', of({ trust, anchors: ['a'] }), at('anchors[0]'), 'ERR_CONFIG_ANCHOR_ID'],
    [
      'a file that is not there',
      of({ trust: { file: '/nowhere/ca.pem' } }),
      'trust.file',
      'ERR_CONFIG_TRUST_UNREADABLE',
    ],
    [
      'names of authorities that are none',
      of({ trust, sendCaNames: 'CN=a' }),
      at('sendCaNames'),
      'ERR_CONFIG_VALUE',
      /PEM/,
    ],
    ['names that are no text', of({ trust, sendCaNames: 1 }), at('sendCaNames'), 'ERR_CONFIG_TYPE'],
    ['a logger that is none', of({ trust }, { logger: 1 }), 'logger', 'ERR_CONFIG_TYPE'],
    ['responses that are none', of({ trust }, { responses: 'apache' }), 'responses', 'ERR_CONFIG_VALUE'],
  ])('%s', (_, options, option, code, says = /./) => {
    const create = () => createAuthenticator(options as HostsOptions)
    expect(create).toThrow(ConfigurationError)
    expect(create).toThrow(expect.objectContaining({ code, option, message: expect.stringMatching(says) as string }))
  })

  test('and what came before the wrong one is closed: nothing is left that watches', () => {
    const closed: string[] = []
    const source = { name: 'one', load: () => new Promise<never>(() => {}), watch: () => () => void closed.push('one') }
    const hosts = { 'a.example': { trust: source }, 'b.example': { trust: { file: '/nowhere/ca.pem' } } }
    expect(() => createAuthenticator({ hosts })).toThrow(ConfigurationError)
    expect(closed).toEqual(['one'])
  })

  test('where no request names a host, there are none', async () => {
    const options = { trust, hosts: { 'a.example': {} } }
    await expect(verifyCertificate({ pem: '' }, options)).rejects.toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: 'hosts' }),
    )
  })
})

describe("a host's own side of TLS is refused", () => {
  test.each<[string, object, string, ConfigurationError['code']]>([
    ['a key without its certificate', of({ key }), at('cert'), 'ERR_CONFIG_MISSING'],
    ['a certificate without its key', of({ cert }), at('key'), 'ERR_CONFIG_MISSING'],
    ['a passphrase of nothing', of({ passphrase: 'x' }), at('key'), 'ERR_CONFIG_MISSING'],
    ['both ways of giving them', of({ key, cert, pfx: Buffer.of(1) }), at('pfx'), 'ERR_CONFIG_VALUE'],
    ['a key of another certificate', of({ key: other.privateKeyPem, cert }), at('key'), 'ERR_CONFIG_VALUE'],
    ['one of another type, which OpenSSL takes', of({ key: rsa.privateKeyPem, cert }), at('key'), 'ERR_CONFIG_VALUE'],
    ['half a key', of({ key: key.slice(0, 60), cert }), at(''), 'ERR_CONFIG_VALUE'],
    ['a PFX that is none', of({ pfx: Buffer.of(1) }), at(''), 'ERR_CONFIG_VALUE'],
    ['a misspelt option', of({ sendCaName: '' }), at('sendCaName'), 'ERR_CONFIG_UNKNOWN_OPTION'],
    ['a callback beside it', of({}, { SNICallback: () => {} }), 'SNICallback', 'ERR_CONFIG_VALUE'],
  ])('%s', (_, options, option, code) => {
    const create = () => tlsOptions({ key, cert, ...options })
    expect(create).toThrow(ConfigurationError)
    expect(create).toThrow(expect.objectContaining({ code, option }))
  })

  test('the table of an authenticator is taken as it is, and options without one have no callback', () => {
    const completed = tlsOptions({ key, cert, hosts: { 'a.example': { trust, mode: 'optional', key, cert } } })
    expect(completed).not.toHaveProperty('hosts')
    expect(completed.SNICallback).toBeTypeOf('function')
    expect(hostContextsOf(completed)).toBeDefined()
    expect(tlsOptions({ key, cert })).not.toHaveProperty('SNICallback')
    expect(hostContextsOf({})).toBeUndefined()
    expect(hostContextsOf({ SNICallback: () => {} })).toBeUndefined()
  })
})

describe('the callback', () => {
  const answerTo = (name: unknown, completed = tlsOptions({ key, cert, hosts: { 'a.example': { key, cert } } })) => {
    const answers: unknown[] = []
    completed.SNICallback?.(name as string, (error, context) => answers.push(error ?? typeof context))
    return answers
  }

  test.each([
    ['a.example', 'object'],
    ['A.EXAMPLE.', 'object'],
    ['b.example', 'undefined'],
    ['', 'undefined'],
    ['\u0000', 'undefined'],
    [undefined, 'undefined'],
  ])('answers once, and with the context of the host where there is one (CVE-2026-48928): %o, %s', (name, answer) => {
    expect(answerTo(name)).toEqual([answer])
  })

  test('hands over what goes wrong, and never throws it (CVE-2026-21637)', () => {
    const completed = tlsOptions({ key, cert, hosts: { 'a.example': {} } })
    const broken = new Error('broken')
    hostContextsOf(completed)?.makeWith(() => {
      throw broken
    })
    expect(answerTo('a.example', completed)).toEqual([broken])
    expect(answerTo({ toString: null }, completed)).toEqual([expect.any(Error)])
  })
})
