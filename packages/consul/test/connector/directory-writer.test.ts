import { execFileSync } from 'node:child_process'
import {
  existsSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { makeSecretDirectory, writeFiles } from '../../src/connector/directory-writer.ts'

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'consul-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const files = (version: string) => [
  { name: 'tls.key', content: `key ${version}`, mode: 0o600 },
  { name: 'ca.crt', content: `roots ${version}`, mode: 0o644 },
  { name: 'tls.crt', content: `certificate ${version}`, mode: 0o644 },
]
const at = new Date('2026-01-01T00:00:00Z')
const versions = (directory: string) => readdirSync(directory).filter((name) => name.startsWith('..2'))

describe('files', () => {
  test('are written as kubelet mounts a Secret: names that lead through ..data, and a key for its owner alone', async () => {
    const directory = temporary()
    expect(await writeFiles(directory, files('1'), at)).toBe('written')
    expect(readFileSync(join(directory, 'tls.crt'), 'utf8')).toBe('certificate 1')
    expect(readlinkSync(join(directory, 'tls.crt'))).toBe('..data/tls.crt')
    expect(readlinkSync(join(directory, '..data'))).toMatch(/^\.\.2026_01_01_00_00_00\.\w{6}$/)
    expect(statSync(join(directory, 'tls.key')).mode & 0o777).toBe(0o600)
    expect(statSync(join(directory, 'ca.crt')).mode & 0o777).toBe(0o644)
    expect(
      readdirSync(directory)
        .filter((name) => !name.startsWith('..2'))
        .sort(),
    ).toEqual(['..data', 'ca.crt', 'tls.crt', 'tls.key'])
  })

  test('that are the same are not written again, after a restart either', async () => {
    const directory = temporary()
    await writeFiles(directory, files('1'), at)
    const before = readlinkSync(join(directory, '..data'))
    expect(await writeFiles(directory, files('1'), at)).toBe('unchanged')
    expect(readlinkSync(join(directory, '..data'))).toBe(before)
    expect(await writeFiles(directory, files('2'), at)).toBe('written')
  })

  test('keep the version before, and none before that', async () => {
    const directory = temporary()
    for (const version of ['1', '2', '3']) await writeFiles(directory, files(version), at)
    const left = versions(directory).map((name) => readFileSync(join(directory, name, 'tls.key'), 'utf8'))
    expect(left.sort()).toEqual(['key 2', 'key 3'])
  })

  test('of a writer that died at any line leave the last good ones, and are removed by the next', async () => {
    const directory = temporary()
    await writeFiles(directory, files('1'), at)
    // It died after half a version, and after the link that was to be renamed.
    const half = join(directory, '..2026_01_01_00_00_01.abcdef')
    mkdirSync(half)
    writeFileSync(join(half, 'tls.key'), 'half')
    symlinkSync('..2026_01_01_00_00_01.abcdef', join(directory, '..data_next'))
    symlinkSync('nowhere', join(directory, '..tls.crt_next'))
    expect(readFileSync(join(directory, 'tls.crt'), 'utf8')).toBe('certificate 1')
    await writeFiles(directory, files('2'), at)
    expect(readFileSync(join(directory, 'tls.crt'), 'utf8')).toBe('certificate 2')
    expect(existsSync(half)).toBe(false)
    expect(existsSync(join(directory, '..data_next'))).toBe(false)
  })

  test('of a writer that died before it made the names get them', async () => {
    const directory = temporary()
    await writeFiles(directory, files('1'), at)
    rmSync(join(directory, 'tls.crt'))
    expect(await writeFiles(directory, files('1'), at)).toBe('unchanged')
    expect(readFileSync(join(directory, 'tls.crt'), 'utf8')).toBe('certificate 1')
  })

  test('that cannot all be written leave nothing behind, however often it is tried', async () => {
    const directory = temporary()
    await writeFiles(directory, files('1'), at)
    const [key] = files('2')
    if (!key) throw new TypeError('there is a key')
    for (let times = 0; times < 3; times++) {
      await expect(writeFiles(directory, [key, key], at)).rejects.toThrow('EEXIST')
    }
    expect(versions(directory)).toHaveLength(1)
    expect(readFileSync(join(directory, 'tls.key'), 'utf8')).toBe('key 1')
  })

  test('do not follow a ..data that leads elsewhere', async () => {
    const [directory, elsewhere] = [temporary(), temporary()]
    writeFileSync(join(elsewhere, 'tls.key'), 'not ours')
    symlinkSync(elsewhere, join(directory, '..data'))
    await writeFiles(directory, files('1'), at)
    expect(readFileSync(join(elsewhere, 'tls.key'), 'utf8')).toBe('not ours')
    expect(readFileSync(join(directory, 'tls.key'), 'utf8')).toBe('key 1')
  })

  test('are of one version for a reader that resolves ..data once, while they change', async () => {
    const directory = temporary()
    await writeFiles(directory, files('0'), at)
    let isOver = false
    let reads = 0
    const reading = (async () => {
      while (!isOver) {
        const version = realpathSync(join(directory, '..data'))
        const key = readFileSync(join(version, 'tls.key'), 'utf8')
        await new Promise((resolve) => void setImmediate(resolve))
        const certificate = readFileSync(join(version, 'tls.crt'), 'utf8')
        expect(certificate.split(' ')[1]).toBe(key.split(' ')[1])
        reads++
      }
    })()
    for (let version = 1; version <= 30; version++) {
      const before = reads
      await writeFiles(directory, files(String(version)), at)
      while (reads === before) await new Promise((resolve) => void setImmediate(resolve))
    }
    isOver = true
    await reading
    expect(reads).toBeGreaterThan(30)
  })
})

describe('the directory of a secret', () => {
  test('lies under its namespace, where it has one', async () => {
    const root = temporary()
    expect(await makeSecretDirectory(root, null, 'a')).toBe(join(root, 'a'))
    expect(await makeSecretDirectory(root, 'ns', 'a')).toBe(join(root, 'ns', 'a'))
    expect(lstatSync(join(root, 'ns', 'a')).isDirectory()).toBe(true)
  })

  test('is no namespace of others, and no link', async () => {
    const root = temporary()
    await writeFiles(await makeSecretDirectory(root, null, 'a'), files('1'), at)
    await expect(makeSecretDirectory(root, 'a', 'b')).rejects.toThrow('cannot be that of a namespace')
    await makeSecretDirectory(root, 'ns', 'a')
    await expect(makeSecretDirectory(root, null, 'ns')).rejects.toThrow('has directories in it')
    symlinkSync(join(root, 'a'), join(root, 'link'))
    await expect(makeSecretDirectory(root, null, 'link')).rejects.toThrow('symbolic link')
    await expect(makeSecretDirectory(root, 'link', 'b')).rejects.toThrow('symbolic link')
  })

  test('is for nobody else to write into, whatever the umask', async () => {
    const root = temporary()
    // A worker of vitest may not set its umask: a process of its own does.
    const writer = JSON.stringify(new URL('../../src/connector/directory-writer.ts', import.meta.url).href)
    const program = `process.umask(0); const { makeSecretDirectory } = await import(${writer}); await makeSecretDirectory(${JSON.stringify(root)}, 'ns', 'a')`
    const argv = ['--import', 'tsx', '--conditions=@clientcert/source', '--input-type=module', '--eval', program]
    execFileSync(process.execPath, argv)
    expect([join(root, 'ns'), join(root, 'ns', 'a')].map((path) => statSync(path).mode & 0o777)).toEqual([0o755, 0o755])
  })
})
