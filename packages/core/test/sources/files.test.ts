import { execFileSync } from 'node:child_process'
import { mkdirSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConfigurationError } from '../../src/configuration-error.ts'
import {
  type FileKind,
  listFiles,
  nameOfFiles,
  readFileAtOnce,
  readFileInPieces,
  readFileSet,
  watchFiles,
} from '../../src/sources/files.ts'
import { temporaryDirectory } from '../trust/stores.ts'

describe('an option names files', () => {
  test.each<readonly [FileKind, unknown, readonly string[]]>([
    ['file', 'ca.pem', [resolve('ca.pem')]],
    ['directory', '/etc/ca', ['/etc/ca']],
    ['files', ['/etc/a.pem', 'b.pem'], ['/etc/a.pem', resolve('b.pem')]],
  ])('as %s: %j', (kind, value, paths) => {
    expect(readFileSet(kind, value, 'trust')).toEqual({ kind, paths })
    expect(nameOfFiles({ kind, paths })).toBe(`${kind} ${paths.join(', ')}`)
  })

  test.each<readonly [FileKind, unknown, string]>([
    ['file', ['a'], 'crls.file'],
    ['file', '', 'crls.file'],
    ['file', undefined, 'crls.file'],
    ['directory', 7, 'crls.directory'],
    ['files', 'a', 'crls.files'],
    ['files', [], 'crls.files'],
    ['files', ['a', null], 'crls.files[1]'],
  ])('and nothing else: %s of %j', (kind, value, option) => {
    const read = () => readFileSet(kind, value, `crls.${kind}`)
    expect(read).toThrow(ConfigurationError)
    expect(read).toThrow(expect.objectContaining({ code: 'ERR_CONFIG_TYPE', option }))
  })
})

describe('a directory has the files that are in it now, in the order of their names', () => {
  test('but for names that begin with a dot', () => {
    const directory = temporaryDirectory()
    for (const name of ['b', 'a', '.hidden', '..data', 'c.old']) writeFileSync(join(directory, name), '')
    const set = { kind: 'directory', paths: [directory] } as const
    expect(listFiles(set)).toEqual(['a', 'b', 'c.old'].map((name) => join(directory, name)))
    unlinkSync(join(directory, 'a'))
    expect(listFiles(set)).toHaveLength(2)
  })

  test('and one that is gone throws', () => {
    expect(() => listFiles({ kind: 'directory', paths: ['/nowhere/at/all'] })).toThrow(/ENOENT/)
  })
})

describe.each([
  ['at once', async (path: string, limit: number) => readFileAtOnce(path, limit)],
  ['in pieces', readFileInPieces],
])('a file is read %s', (_, read) => {
  const place = () => join(temporaryDirectory(), 'file')

  test('up to its limit, and not an octet more', async () => {
    const path = place()
    writeFileSync(path, 'x'.repeat(100))
    expect(Buffer.from(await read(path, 100)).toString()).toBe('x'.repeat(100))
    await expect(read(path, 99)).rejects.toThrow('100 bytes, at most 99 are read')
  })

  test('through a link', async () => {
    const path = place()
    writeFileSync(path, 'here')
    symlinkSync(path, `${path}.link`)
    expect(Buffer.from(await read(`${path}.link`, 10)).toString()).toBe('here')
  })

  test('and a directory, a pipe or a device is none: a pipe would wait for whoever never writes', async () => {
    const [directory, pipe] = [place(), place()]
    mkdirSync(directory)
    execFileSync('mkfifo', [pipe])
    for (const path of [directory, pipe, '/dev/zero']) {
      await expect(read(path, 1_000)).rejects.toThrow('it is no regular file')
    }
  })

  test('and one that is not there is said not to be', async () => {
    await expect(read('/nowhere/at/all', 1)).rejects.toThrow(/ENOENT/)
  })
})

describe('files are followed', () => {
  const DIRECTORY = 'directory'

  test.each<readonly [string, (directory: string) => void]>([
    ['one that is written again', (directory) => writeFileSync(join(directory, 'a'), 'two')],
    ['one that is added', (directory) => writeFileSync(join(directory, 'b'), 'new')],
    ['one that is taken away', (directory) => unlinkSync(join(directory, 'a'))],
  ])(
    'in a directory: %s',
    async (_, change) => {
      const directory = temporaryDirectory()
      writeFileSync(join(directory, 'a'), 'one')
      let changes = 0
      onTestFinished(watchFiles({ kind: DIRECTORY, paths: [directory] }, () => changes++))
      change(directory)
      await expect.poll(() => changes, { timeout: 12_000 }).toBeGreaterThan(0)
    },
    15_000,
  )

  test('by their names: what else changes in their directory is passed over', async () => {
    const directory = temporaryDirectory()
    const paths = ['a', 'b'].map((name) => join(directory, name))
    for (const path of paths) writeFileSync(path, 'one')
    let changes = 0
    onTestFinished(watchFiles({ kind: 'files', paths }, () => changes++))
    writeFileSync(join(directory, 'other'), 'x')
    writeFileSync(paths[1] ?? '', 'two')
    await expect.poll(() => changes, { timeout: 12_000 }).toBe(1)
  }, 15_000)

  test('a directory that is gone is followed all the same, and nothing is thrown', () => {
    watchFiles({ kind: DIRECTORY, paths: ['/nowhere/at/all'] }, () => {})()
  })
})
