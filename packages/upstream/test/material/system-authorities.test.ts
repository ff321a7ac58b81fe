/** What Node trusts by itself is decided when it starts, so each case is a Node of its own. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { rootCertificates } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { systemAuthorities } from '../../src/material/system-authorities.ts'
import { named, otherRoot, pemOf, place, root } from './material-files.ts'

const source = (file: string) => JSON.stringify(new URL(`../../src/material/${file}`, import.meta.url).href)

/** Runs a program under `NODE_EXTRA_CA_CERTS`, from source. */
function run(program: string, extra: string | undefined): unknown {
  const { NODE_EXTRA_CA_CERTS: _, ...env } = process.env
  const output = execFileSync(
    process.execPath,
    ['--conditions=@clientcert/source', '--import', 'tsx', '--input-type=module', '-e', program],
    {
      cwd: fileURLToPath(new URL('../../../..', import.meta.url)),
      env: { ...env, ...(extra === undefined ? {} : { NODE_EXTRA_CA_CERTS: extra }) },
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  )
  return JSON.parse(output.toString())
}

const LIST = `
import { systemAuthorities } from ${source('system-authorities.ts')}
console.log(JSON.stringify(systemAuthorities().map((pem) => pem.trim())))`

test('those that Node comes with, each once', () => {
  const found = run(LIST, undefined) as string[]
  expect(found.length).toBeGreaterThan(100)
  expect(new Set(found).size).toBe(found.length)
  expect(rootCertificates.map((pem) => pem.trim()).filter((pem) => !found.includes(pem))).toEqual([])
  expect(systemAuthorities().length).toBeGreaterThanOrEqual(found.length)
})

test('and those of `NODE_EXTRA_CA_CERTS`, as PEM of its own', () => {
  const file = join(place({ 'extra.pem': `# ours\n${pemOf(root, otherRoot)}` }), 'extra.pem')
  const found = run(LIST, file) as string[]
  expect(found).toEqual(expect.arrayContaining([root, otherRoot].map(({ certificate }) => certificate.pem.trim())))
  expect(found.length).toBe((run(LIST, undefined) as string[]).length + 2)
})

test.each([
  ['is not there', () => '/absent'],
  ['is no file', () => place({})],
])('one that %s is passed over, as Node does, and no reason to stop', (_, extra) => {
  expect((run(LIST, extra()) as string[]).length).toBeGreaterThan(100)
})

test('of a PFX only what is in it counts as its chain, and not what the system trusts', () => {
  const { leaf } = named('ours', {}, root)
  const directory = place({
    'own.pem': leaf.certificate.pem,
    'own.key': leaf.privateKeyPem,
    'ca.pem': root.certificate.pem,
  })
  const file = (name: string) => join(directory, name)
  const words = ['-in', file('own.pem'), '-inkey', file('own.key'), '-passout', 'pass:x', '-out', file('own.p12')]
  execFileSync('openssl', ['pkcs12', '-export', ...words])
  const bytes = JSON.stringify(readFileSync(file('own.p12')).toString('base64'))
  const program = `
import { parseMaterial } from ${source('parse-material.ts')}
const pfx = { option: 'pfxFile', from: 'a', bytes: Buffer.from(${bytes}, 'base64') }
const { authoritiesFrom, identity } = parseMaterial({ own: { kind: 'pfx', pfx, passphrase: 'x' }, authorities: null }, new Date('2026-01-01'))
console.log(JSON.stringify({ authoritiesFrom, chain: identity.cert.split('BEGIN').length - 1 }))`
  expect(run(program, file('ca.pem'))).toEqual({ authoritiesFrom: 'system', chain: 1 })
})
