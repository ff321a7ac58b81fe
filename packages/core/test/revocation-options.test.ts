/** The option `revocation`, and each way to get it wrong; `fetch` and `cache` have tests of their own. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mintCrl } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import * as core from '../src/index.ts'
import { readRevocation } from '../src/revocation-options.ts'
import { expectMistake, mistakeIn, type Row, root, trust } from './mistake-in.ts'
import { temporaryDirectory } from './trust/stores.ts'

const crl = mintCrl(root)
const crls = { pem: crl.pem }
const hosts = ['ocsp.example.com']

/** Options of which one is wrong. */
const given = (title: string, revocation: unknown, option: string, code: Row[3], says = ''): Row => [
  title,
  { revocation },
  `revocation${option}`,
  code,
  says,
]

const REFUSED: readonly Row[] = [
  given('a mode by itself, which names nobody to ask', 'strict', '', 'ERR_CONFIG_MISSING', 'crls: { file: PATH }'),
  given('the other one', 'ignore-ca-error', '', 'ERR_CONFIG_MISSING'),
  given('a word that is no mode', 'none', '', 'ERR_CONFIG_VALUE', "'skip'"),
  given('false', false, '', 'ERR_CONFIG_TYPE'),
  given('null', null, '', 'ERR_CONFIG_TYPE'),
  given('undefined', undefined, '', 'ERR_CONFIG_TYPE'),
  given('an array', [{ crls }], '', 'ERR_CONFIG_TYPE'),
  given('an unknown name', { crl: crls }, '.crl', 'ERR_CONFIG_UNKNOWN_OPTION', '`crls`'),
  given('nothing at all', {}, '', 'ERR_CONFIG_MISSING', '`crls` or `follow`'),
  given('strict with nobody to ask', { mode: 'strict' }, '', 'ERR_CONFIG_MISSING', 'mode "strict" has nobody to ask'),
  given('a mode of another case', { mode: 'Strict', crls }, '.mode', 'ERR_CONFIG_VALUE', '`ignore-ca-error`'),
  given('a mode that is undefined', { mode: undefined, crls }, '.mode', 'ERR_CONFIG_TYPE'),
  given('a depth that is a number', { depth: 1, crls }, '.depth', 'ERR_CONFIG_VALUE', '`leaf`'),
  given('a skew below', { clockSkewSeconds: -1, crls }, '.clockSkewSeconds', 'ERR_CONFIG_RANGE', 'from 0 to 3600'),
  given('a skew above', { clockSkewSeconds: 3_601, crls }, '.clockSkewSeconds', 'ERR_CONFIG_RANGE'),
  given('half a second of skew', { clockSkewSeconds: 0.5, crls }, '.clockSkewSeconds', 'ERR_CONFIG_RANGE'),
  given('a skew that is a text', { clockSkewSeconds: '60', crls }, '.clockSkewSeconds', 'ERR_CONFIG_TYPE'),
  given('a refresh below', { refreshSeconds: 0, crls }, '.refreshSeconds', 'ERR_CONFIG_RANGE'),
  given('a refresh above', { refreshSeconds: 604_801, crls }, '.refreshSeconds', 'ERR_CONFIG_RANGE'),

  // crls
  given('a path', { crls: './clients.crl' }, '.crls', 'ERR_CONFIG_TYPE', '{ file: PATH }'),
  given('a buffer', { crls: crl.der }, '.crls', 'ERR_CONFIG_TYPE', '{ der: BYTES }'),
  given('no CRLs', { crls: [] }, '.crls', 'ERR_CONFIG_TYPE'),
  given('CRLs that are undefined', { crls: undefined }, '.crls', 'ERR_CONFIG_TYPE'),
  given('no source', { crls: {} }, '.crls', 'ERR_CONFIG_MISSING', 'names no source'),
  given('two sources in one', { crls: { ...crls, der: crl.der } }, '.crls', 'ERR_CONFIG_MISSING', '2 sources at once'),
  given('a misspelt source', { crls: { fiel: 'x' } }, '.crls.fiel', 'ERR_CONFIG_UNKNOWN_OPTION', '`file`'),
  given('a source of several that is wrong', { crls: [crls, { file: 7 }] }, '.crls[1].file', 'ERR_CONFIG_TYPE'),
  given('an empty text', { crls: { pem: '' } }, '.crls.pem', 'ERR_CONFIG_TYPE'),
  given('a text as DER', { crls: { der: crl.pem } }, '.crls.der', 'ERR_CONFIG_TYPE', 'bytes of one CRL'),
  given('reload of a text', { crls: { ...crls, reload: 'watch' } }, '.crls.reload', 'ERR_CONFIG_VALUE'),
  given('reload of bytes', { crls: { der: crl.der, reload: 'never' } }, '.crls.reload', 'ERR_CONFIG_VALUE'),
  given('reload of a URL', { crls: { url: 'http://a.example', reload: 'never' } }, '.crls.reload', 'ERR_CONFIG_VALUE'),
  given('reload of another word', { crls: { file: 'x', reload: 'often' } }, '.crls.reload', 'ERR_CONFIG_VALUE'),
  given('no files', { crls: { files: [] } }, '.crls.files', 'ERR_CONFIG_TYPE'),
  given('a file that is a number', { crls: { files: ['x', 7] } }, '.crls.files[1]', 'ERR_CONFIG_TYPE'),
  given('a URL that is none', { crls: { url: 'clients.crl' } }, '.crls.url', 'ERR_CONFIG_VALUE', 'http or https'),
  given('a URL of LDAP', { crls: { url: 'ldap://a.example/x' } }, '.crls.url', 'ERR_CONFIG_VALUE'),
  given(
    'a file that is not there',
    { crls: { file: '/nowhere/clients.crl' } },
    '.crls.file',
    'ERR_CONFIG_CRL_UNREADABLE',
    '/nowhere/clients.crl',
  ),
  given(
    'a directory that is not there',
    { crls: { directory: '/nowhere' } },
    '.crls.directory',
    'ERR_CONFIG_CRL_UNREADABLE',
  ),
  given('a text without a CRL', { crls: { pem: 'hello' } }, '.crls.pem', 'ERR_CONFIG_CRL_MALFORMED'),
  given('a certificate for a CRL', { crls: trust }, '.crls.pem', 'ERR_CONFIG_CRL_MALFORMED', 'X509 CRL'),
  given(
    'a CRL cut short',
    { crls: { der: crl.der.slice(0, -1) } },
    '.crls.der',
    'ERR_CONFIG_CRL_MALFORMED',
    'openssl crl',
  ),

  // follow, fallback, ocsp, fetch
  given('a pointer by itself', { follow: 'ocsp' }, '.follow', 'ERR_CONFIG_TYPE'),
  given('no pointer', { follow: [], crls }, '.follow', 'ERR_CONFIG_TYPE'),
  given('an unknown pointer', { follow: ['ldap'], fetch: { hosts } }, '.follow[0]', 'ERR_CONFIG_VALUE', '`ocsp`'),
  given('a pointer twice', { follow: ['crl', 'crl'], fetch: { hosts } }, '.follow[1]', 'ERR_CONFIG_VALUE', 'second'),
  given('pointers without hosts', { follow: ['ocsp'] }, '.fetch.hosts', 'ERR_CONFIG_MISSING'),
  given('another fallback', { fallback: 'first', crls }, '.fallback', 'ERR_CONFIG_VALUE', '`next-source`'),
  given('a responder that is never asked', { ocsp: {}, crls }, '.ocsp', 'ERR_CONFIG_VALUE', "'ocsp'"),
  given('ocsp that is undefined', { ocsp: undefined, crls }, '.ocsp', 'ERR_CONFIG_TYPE'),
  given(
    'ocsp that is undefined beside its pointer',
    { ocsp: undefined, follow: ['ocsp'], fetch: { hosts } },
    '.ocsp',
    'ERR_CONFIG_TYPE',
  ),
  given(
    'a nonce with a method whose answers are kept',
    { ocsp: { method: 'get', nonce: 'send' }, follow: ['ocsp'], fetch: { hosts } },
    '.ocsp.nonce',
    'ERR_CONFIG_VALUE',
    'RFC 5019',
  ),
  given(
    'a hash that no responder knows',
    { ocsp: { certId: 'md5' }, follow: ['ocsp'], fetch: { hosts } },
    '.ocsp.certId',
    'ERR_CONFIG_VALUE',
  ),
  given(
    'another method',
    { ocsp: { method: 'GET' }, follow: ['ocsp'], fetch: { hosts } },
    '.ocsp.method',
    'ERR_CONFIG_VALUE',
  ),
  given(
    'a responder that is no URL',
    { ocsp: { responder: 'x' }, follow: ['ocsp'] },
    '.ocsp.responder',
    'ERR_CONFIG_VALUE',
  ),
  given(
    'fetch with nothing to fetch',
    { fetch: { hosts }, crls },
    '.fetch',
    'ERR_CONFIG_VALUE',
    'nothing is ever fetched',
  ),
  given('fetch that is undefined', { fetch: undefined, follow: ['crl'] }, '.fetch', 'ERR_CONFIG_TYPE'),
  given(
    'fetch that is undefined beside a URL',
    { fetch: undefined, crls: { url: 'http://a.example' } },
    '.fetch',
    'ERR_CONFIG_TYPE',
  ),
]

test.each(REFUSED.map((row) => ({ title: row[0], row })))('refuses $title', ({ row }) => expectMistake(row))

describe('files of which one is no CRL refuse all (CVE-2026-53434)', () => {
  const place = () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'a.crl'), crl.der)
    return directory
  }
  const mistake = (sources: unknown) => {
    const { code, message } = mistakeIn({ trust, revocation: { crls: sources } })
    return { code, message }
  }

  test('by name: the file, the octet and the reason', () => {
    const directory = place()
    const file = join(directory, 'b.crl')
    writeFileSync(file, 'no CRL')
    for (const sources of [{ directory }, { files: [join(directory, 'a.crl'), file] }, [{ file }]]) {
      expect(mistake(sources)).toMatchObject({
        code: 'ERR_CONFIG_CRL_MALFORMED',
        message: expect.stringContaining(file) as string,
      })
    }
  })

  test('a directory within it is no file', () => {
    const directory = place()
    mkdirSync(join(directory, 'old'))
    expect(mistake({ directory })).toMatchObject({ code: 'ERR_CONFIG_CRL_UNREADABLE' })
  })
})

describe('what is left out has its default', () => {
  test('which are those that are exported with their reasons', () => {
    expect(readRevocation({ crls }).settings).toMatchObject({
      mode: core.DEFAULT_REVOCATION_MODE,
      depth: 'chain',
      skewMs: 1_000 * core.DEFAULT_CLOCK_SKEW_SECONDS,
      follow: [],
      fallback: 'next-source',
      refreshMs: 1_000 * core.DEFAULT_REFRESH_SECONDS,
    })
  })

  test('and holds at the edges of its range', () => {
    for (const clockSkewSeconds of [0, 3_600]) {
      expect(readRevocation({ crls, clockSkewSeconds }).settings.skewMs).toBe(1_000 * clockSkewSeconds)
    }
    for (const refreshSeconds of [1, 604_800]) {
      expect(readRevocation({ crls, refreshSeconds }).settings.refreshMs).toBe(1_000 * refreshSeconds)
    }
  })

  test('nothing is asked with the word skip, nor with the mode: CRLs that are given with it are read all the same', () => {
    expect(readRevocation('skip').settings.mode).toBe('skip')
    expect(readRevocation({ mode: 'skip' }).settings.mode).toBe('skip')
    expect(readRevocation({ mode: 'skip', crls }).crls.local).toHaveLength(1)
  })
})
