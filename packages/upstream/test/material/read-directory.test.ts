/** Directories into which somebody else writes: by which names, of which generation. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { expect, onTestFinished, test } from 'vitest'
import type { FoundMaterial } from '../../src/material/found-material.ts'
import { MaterialError } from '../../src/material/material-error.ts'
import { readDirectory } from '../../src/material/read-directory.ts'
import { issuing, istio, kubernetes, mount, pair, place, root, spire, temporaryDirectory } from './material-files.ts'

const ours = pair()
const ca = root.certificate.pem

/** The parts of what was found, as text. */
const textOf = ({ own, authorities }: FoundMaterial) =>
  own?.kind === 'pair'
    ? {
        certChain: Buffer.from(own.certChain.bytes).toString(),
        privateKey: Buffer.from(own.privateKey.bytes).toString(),
        ca: authorities && Buffer.from(authorities.bytes).toString(),
      }
    : null

const read = (...given: [string, ('kubernetes' | 'istio' | 'spire' | null)?, ('here' | 'elsewhere')?]) => {
  const [directory, layout = null, authorities = 'here'] = given
  return textOf(readDirectory(directory, layout, authorities))
}

function failureOf(...given: Parameters<typeof read>): MaterialError {
  try {
    read(...given)
  } catch (error) {
    if (error instanceof MaterialError) return error
    throw error
  }
  throw new Error('it was read')
}

const whole = { certChain: ours.certChain, privateKey: ours.privateKey, ca }

test.each([
  ['kubernetes', kubernetes(ours, ca)],
  ['istio', istio(ours, ca)],
  ['spire', spire(ours, ca)],
] as const)('finds the layout %s by what is there, and reads it where it is named', (layout, files) => {
  const directory = place(files)
  expect(read(directory)).toEqual(whole)
  expect(read(directory, layout)).toEqual(whole)
  const [other, missing] =
    layout === 'istio' ? (['spire', 'svid.pem'] as const) : (['istio', 'cert-chain.pem'] as const)
  expect(failureOf(directory, other).failure).toMatchObject({
    code: 'ERR_MATERIAL_MISSING',
    from: join(directory, missing),
  })
})

test('two layouts at once are refused, unless one is named', () => {
  const directory = place({ ...kubernetes(ours, ca), ...istio(pair('other'), ca) })
  const { code, message } = failureOf(directory)
  expect(code).toBe('ERR_MATERIAL_AMBIGUOUS')
  expect(message).toContain('holds the files of kubernetes and of istio. Say which in `layout`')
  expect(read(directory, 'kubernetes')).toEqual(whole)
})

test("other files are nobody's business", () => {
  expect(read(place({ ...kubernetes(ours, ca), 'README.md': 'x', 'tls.crt.bak': 'x', 'key.pem.old': 'x' }))).toEqual(
    whole,
  )
})

test('a Secret need not have `ca.crt`; Istio and SPIRE always write theirs, and without it are still at it', () => {
  expect(read(place(kubernetes(ours)))).toEqual({ ...whole, ca: null })
  const { 'root-cert.pem': _, ...rest } = istio(ours, ca)
  const directory = place(rest)
  expect(failureOf(directory).failure).toMatchObject({
    code: 'ERR_MATERIAL_MISSING',
    from: join(directory, 'root-cert.pem'),
  })
  expect(read(directory, null, 'elsewhere')).toEqual({ ...whole, ca: null })
})

test.each(['nowhere', 'ca.crt'])('a `ca.crt` that is a link to %s is none that is left out', (to) => {
  const directory = place({ 'tls.crt': ours.certChain, 'tls.key': ours.privateKey })
  expect(read(directory)).toEqual({ ...whole, ca: null })
  symlinkSync(to, join(directory, 'ca.crt'))
  expect(failureOf(directory).failure).toMatchObject({ code: 'ERR_MATERIAL_MISSING', from: join(directory, 'ca.crt') })
})

test('an empty `ca.crt` is none in a mount, which is replaced as a whole, and elsewhere a file that is being written', () => {
  expect(read(mount(temporaryDirectory(), '..1', kubernetes(ours, '')))).toEqual({ ...whole, ca: null })
  expect(read(place(kubernetes(ours, '')))).toEqual({ ...whole, ca: '' })
})

test.each<[string, () => string, RegExp]>([
  ['a directory that does not exist', () => join(temporaryDirectory(), 'absent'), /ENOENT/],
  [
    'an empty directory',
    () => place({}),
    /it holds none of tls\.crt \(kubernetes\), cert-chain\.pem \(istio\), svid\.pem \(spire\)/,
  ],
  ['a file', () => join(place({ 'tls.crt': ours.certChain }), 'tls.crt'), /it holds none of/],
  ['a key alone', () => place({ 'key.pem': ours.privateKey }), /cert-chain\.pem: ENOENT/],
  [
    'a certificate alone',
    () => place({ 'tls.crt': ours.certChain }),
    /the private key is not to be had from .*tls\.key/,
  ],
])('refuses %s as missing', (_, make, message) => {
  const failure = failureOf(make())
  expect(failure.code).toBe('ERR_MATERIAL_MISSING')
  expect(failure.message).toMatch(message)
})

test('what is no regular file is refused: reading a pipe would wait for whoever writes', () => {
  const directory = place({ 'tls.key': ours.privateKey })
  mkdirSync(join(directory, 'tls.crt'))
  expect(failureOf(directory).message).toContain('it is no regular file')
})

test('takes a megabyte, and not an octet more', () => {
  const fill = (size: number) => Buffer.alloc(size, '\n')
  expect(read(place({ 'tls.crt': fill(1_048_576), 'tls.key': '' }))?.certChain).toHaveLength(1_048_576)
  expect(failureOf(place({ 'tls.crt': fill(1_048_577), 'tls.key': '' })).failure).toMatchObject({
    code: 'ERR_MATERIAL_TOO_LARGE',
    limit: 1_048_576,
    present: 1_048_577,
    unit: 'bytes',
  })
})

test('reads a mount of Kubernetes at its `..data`, and a directory that is itself a link', () => {
  const directory = temporaryDirectory()
  mount(directory, '..1', kubernetes(pair('former'), ca))
  mount(directory, '..2', kubernetes(ours, ca))
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) symlinkSync(join('..data', name), join(directory, name))
  expect(read(directory)).toEqual(whole)
  const link = join(temporaryDirectory(), 'current')
  symlinkSync(directory, link)
  expect(read(link)).toEqual(whole)
})

test('a `..data` that leads to nothing is a mount that is missing', () => {
  const directory = mount(temporaryDirectory(), '..1', kubernetes(ours, ca))
  rmSync(join(directory, '..1'), { recursive: true })
  expect(failureOf(directory).code).toBe('ERR_MATERIAL_MISSING')
})

/** Swaps generations as the kubelet does, as fast as it can: each file of one says its number, and the one before is removed. */
const SWAPPING = `
const { mkdirSync, renameSync, rmSync, symlinkSync, writeFileSync } = require('node:fs')
const { join } = require('node:path')
const [directory] = process.argv.slice(1)
for (let number = 1; ; number++) {
  const generation = join(directory, '..' + number)
  mkdirSync(generation)
  for (const name of ['tls.crt', 'tls.key', 'ca.crt']) writeFileSync(join(generation, name), String(number))
  symlinkSync('..' + number, join(directory, '..data_tmp'))
  renameSync(join(directory, '..data_tmp'), join(directory, '..data'))
  rmSync(join(directory, '..' + (number - 1)), { recursive: true, force: true })
  if (number === 3) process.stdout.write('ready')
}`

test('never mixes two generations of a mount that is swapped while it is read', async () => {
  const directory = mount(temporaryDirectory(), '..0', { 'tls.crt': '0', 'tls.key': '0', 'ca.crt': '0' })
  const swapping = spawn(process.execPath, ['-e', SWAPPING, directory], { stdio: ['ignore', 'pipe', 'inherit'] })
  onTestFinished(async () => {
    const ended = once(swapping, 'exit')
    swapping.kill('SIGKILL')
    await ended
  })
  await once(swapping.stdout, 'data')
  const seen = new Set<string>()
  for (let count = 0; count < 2000; count++) {
    try {
      const found = read(directory)
      expect({ key: found?.privateKey, ca: found?.ca }).toEqual({ key: found?.certChain, ca: found?.certChain })
      seen.add(found?.certChain ?? '')
    } catch (error) {
      // Five generations may have gone by within one load, which is then tried again.
      if (!(error instanceof MaterialError)) throw error
      expect(error.code).toBe('ERR_MATERIAL_MISSING')
    }
  }
  expect(seen.size).toBeGreaterThan(10)
})

test('reads our chain with its intermediates', () => {
  expect(read(place(kubernetes(ours, ca)))?.certChain).toContain(issuing.certificate.pem)
})
