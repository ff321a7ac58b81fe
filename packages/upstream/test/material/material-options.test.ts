import { resolve } from 'node:path'
import { ConfigurationError } from '@clientcert/core'
import { expect, test } from 'vitest'
import { type GivenMaterial, readMaterialOptions } from '../../src/material/material-options.ts'
import { pair } from './material-files.ts'

const { certChain, privateKey } = pair()
const read = (given: GivenMaterial) => readMaterialOptions(given, 'istio-upstream')

function mistakeIn(given: GivenMaterial): ConfigurationError {
  try {
    read(given)
  } catch (error) {
    if (error instanceof ConfigurationError) return error
    throw error
  }
  throw new Error('nothing was wrong')
}

const files = { certChainFile: 'tls.crt', privateKeyFile: 'tls.key' }
const source = { name: 'a source', load: () => ({ certChain, privateKey }) }

test.each<[string, GivenMaterial, object]>([
  [
    'files, by absolute paths',
    files,
    { kind: 'files', certChainFile: resolve('tls.crt'), privateKeyFile: resolve('tls.key'), passphrase: undefined },
  ],
  ['files with a passphrase', { ...files, passphrase: 'x' }, { passphrase: 'x' }],
  ['PEM', { pem: { certChain, privateKey } }, { kind: 'pem', caCertChain: null }],
  [
    'PEM as bytes',
    { pem: { certChain: Buffer.from(certChain), privateKey } },
    { certChain: new Uint8Array(Buffer.from(certChain)) },
  ],
  ['a PFX file', { pfxFile: 'a.p12', passphrase: 'x' }, { kind: 'pfxFile', pfxFile: resolve('a.p12') }],
  ['a PFX', { pfx: Buffer.from([0x30]) }, { kind: 'pfx', passphrase: undefined }],
  ['a directory', { directory: '/certs' }, { kind: 'directory', directory: '/certs', layout: null }],
  ['a directory of a layout', { directory: '/certs', layout: 'istio' }, { layout: 'istio' }],
  ['a source', { source }, { kind: 'source', source }],
  ['no certificate', { certificate: 'none' }, { kind: 'none' }],
])('reads %s', (_, given, expected) => {
  expect(read(given).place).toMatchObject(expected)
})

test('what is left out has its default, and what is given its value', () => {
  expect(read(files)).toMatchObject({
    context: 'istio-upstream',
    caCertChainFile: null,
    whenMissing: 'fail',
    warnBeforeExpirySeconds: null,
  })
  const more = { caCertChainFile: 'ca.crt', whenMissing: 'wait', warnBeforeExpirySeconds: 31_536_000 }
  expect(read({ ...files, ...more })).toMatchObject({ ...more, caCertChainFile: resolve('ca.crt') })
})

test('bytes are copied: whoever gave them may wipe them', () => {
  const given = Buffer.from(certChain)
  const { place } = read({ pem: { certChain: given, privateKey } })
  given.fill(0)
  expect(place.kind === 'pem' && Buffer.from(place.certChain).toString()).toBe(certChain)
})

test('half a pair is refused in the words in which Ambassador refuses it', () => {
  const { code, option, message } = mistakeIn({ certChainFile: 'tls.crt' })
  expect({ code, option }).toEqual({ code: 'ERR_CONFIG_MISSING', option: 'privateKeyFile' })
  expect(message).toContain("TLSContext istio-upstream: 'certChainFile' requires 'privateKeyFile' as well. Give ")
  expect(mistakeIn({ privateKeyFile: 'tls.key' }).message).toContain(
    "'privateKeyFile' requires 'certChainFile' as well",
  )
})

const pem = { certChain, privateKey }
test.each<[string, GivenMaterial, string, string, RegExp]>([
  ['none at all', {}, 'ERR_CONFIG_MISSING', 'certChainFile', /nor is it said.*`certificate: 'none'`/],
  ['authorities alone', { caCertChainFile: 'a' }, 'ERR_CONFIG_MISSING', 'certChainFile', /certificate: 'none'/],
  ['two kinds', { ...files, pem }, 'ERR_CONFIG_VALUE', 'pem', /stands beside `certChainFile`.*Keep one/],
  ['a kind beside none', { certificate: 'none', directory: '/a' }, 'ERR_CONFIG_VALUE', 'certificate', /`directory`/],
  [
    'a key beside a bundle',
    { directory: '/a', privateKeyFile: 'k' },
    'ERR_CONFIG_VALUE',
    'privateKeyFile',
    /goes with/,
  ],
  ['a layout of files', { ...files, layout: 'istio' }, 'ERR_CONFIG_VALUE', 'layout', /goes with `directory`/],
  ['an unknown layout', { directory: '/a', layout: 'vault' }, 'ERR_CONFIG_VALUE', 'layout', /kubernetes.*istio.*spire/],
  ['a passphrase of a directory', { directory: '/a', passphrase: 'x' }, 'ERR_CONFIG_VALUE', 'passphrase', /goes with/],
  ['a passphrase beside PEM', { pem, passphrase: 'x' }, 'ERR_CONFIG_VALUE', 'passphrase', /pem\.passphrase/],
  ['an empty passphrase', { ...files, passphrase: '' }, 'ERR_CONFIG_TYPE', 'passphrase', /a string/],
  ['an empty path', { ...files, certChainFile: '' }, 'ERR_CONFIG_TYPE', 'certChainFile', /a string/],
  ['a path with a NUL', { ...files, certChainFile: 'a\0' }, 'ERR_CONFIG_VALUE', 'certChainFile', /Give the path/],
  [
    'authorities twice',
    { pem: { ...pem, caCertChain: certChain }, caCertChainFile: 'a' },
    'ERR_CONFIG_VALUE',
    'caCertChainFile',
    /beside `pem.caCertChain`.*once/,
  ],
  ['PEM without its key', { pem: { certChain } }, 'ERR_CONFIG_MISSING', 'pem.privateKey', /required beside/],
  ['PEM without certificate', { pem: { privateKey } }, 'ERR_CONFIG_MISSING', 'pem.certChain', /required beside/],
  ['an unknown name in PEM', { pem: { ...pem, cert: 'x' } }, 'ERR_CONFIG_UNKNOWN_OPTION', 'pem.cert', /certChain/],
  ['a PFX as text', { pfx: 'MII' }, 'ERR_CONFIG_TYPE', 'pfx', /`pfxFile` takes a path/],
  ['an empty PFX', { pfx: new Uint8Array() }, 'ERR_CONFIG_TYPE', 'pfx', /bytes/],
  ['a source that is none', { source: 'consul' }, 'ERR_CONFIG_TYPE', 'source', /TlsMaterialSource/],
  ['a source without load', { source: { name: 'a' } }, 'ERR_CONFIG_TYPE', 'source.load', /function/],
  ['a source without a name', { source: { load: () => pem } }, 'ERR_CONFIG_TYPE', 'source.name', /string/],
  ['a watch that is none', { source: { ...source, watch: true } }, 'ERR_CONFIG_TYPE', 'source.watch', /function/],
  ['another word', { certificate: 'optional' }, 'ERR_CONFIG_VALUE', 'certificate', /'none' only/],
  ['another word for missing', { ...files, whenMissing: 'skip' }, 'ERR_CONFIG_VALUE', 'whenMissing', /fail.*wait/],
  [
    'a warning before birth',
    { ...files, warnBeforeExpirySeconds: -1 },
    'ERR_CONFIG_RANGE',
    'warnBeforeExpirySeconds',
    /0 to/,
  ],
  [
    'a warning a year and a second before',
    { ...files, warnBeforeExpirySeconds: 31_536_001 },
    'ERR_CONFIG_RANGE',
    'warnBeforeExpirySeconds',
    /31536000/,
  ],
])('refuses %s', (_, given, code, option, message) => {
  const mistake = mistakeIn(given)
  expect({ code: mistake.code, option: mistake.option }).toEqual({ code, option })
  expect(mistake.message).toMatch(message)
})

test.each<[string, GivenMaterial]>([
  ['as a path', { certChainFile: 'a', privateKeyFile: privateKey }],
  ['as PEM without its object', { pem: privateKey }],
  ['as the wrong type', { pem: { certChain, privateKey: { privateKey } } }],
  ['as a path of another type', { certChainFile: 'a', privateKeyFile: [privateKey] }],
  ['as a source', { source: privateKey }],
  ['as a PFX', { pfx: privateKey }],
  ['as none', { certificate: privateKey }],
  ['as a passphrase of another type', { ...files, passphrase: [privateKey] }],
])('no message holds a key that was given %s', (_, given) => {
  expect(mistakeIn(given).message).not.toMatch(/BEGIN|MI[GH]/)
})
