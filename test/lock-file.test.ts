import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { entryFor, type LockFile, missingPackages } from '../scripts/lock-file.ts'

describe('the lock file', () => {
  test('names every optional package that a locked one names, or npm ci refuses it', () => {
    expect(missingPackages(JSON.parse(readFileSync('package-lock.json', 'utf8')) as LockFile)).toEqual([])
  })

  test('misses a package that is nowhere above its parent, and finds one that is', () => {
    const tool = { version: '1.0.0', optionalDependencies: { 'tool-linux-x64': '1.0.0' } }
    const path = 'node_modules/a/node_modules/tool'
    expect(missingPackages({ packages: { [path]: tool } })).toEqual([
      { path: 'node_modules/tool-linux-x64', name: 'tool-linux-x64', version: '1.0.0' },
    ])
    for (const place of ['node_modules', 'node_modules/a/node_modules', `${path}/node_modules`]) {
      expect(missingPackages({ packages: { [path]: tool, [`${place}/tool-linux-x64`]: {} } })).toEqual([])
    }
  })

  test('gives a missing package the platform of its name, so npm passes it over elsewhere', () => {
    const entry = (name: string) => entryFor({ path: '', name, version: '1.2.3' })
    expect(entry('@tool/cli-darwin-arm64')).toMatchObject({
      version: '1.2.3',
      os: ['darwin'],
      cpu: ['arm64'],
      optional: true,
    })
    expect(entry('@tool/cli-linux-x64-musl')).toMatchObject({ os: ['linux'], cpu: ['x64'], libc: ['musl'] })
    expect(() => entry('@tool/portable')).toThrow('by hand')
  })
})
