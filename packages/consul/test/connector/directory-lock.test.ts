import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type DirectoryLock, lockDirectory } from '../../src/connector/directory-lock.ts'

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'consul-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const HEARTBEAT_MS = 30

async function lock(directory: string, onLost = () => {}): Promise<DirectoryLock> {
  const held = await lockDirectory(directory, onLost, HEARTBEAT_MS)
  onTestFinished(() => held.release())
  return held
}

describe('the lock of a directory', () => {
  test('is held by one that lives, and free once it is released', async () => {
    const directory = temporary()
    const first = await lock(directory)
    expect(await first.isHeld()).toBe(true)
    await expect(lock(directory)).rejects.toThrow('is written by another connector')
    await first.release()
    expect(readdirSync(directory)).toEqual([])
    const second = await lock(directory)
    expect(await second.isHeld()).toBe(true)
  })

  test('of one that died is taken over, and whoever was asleep finds out and is told once', async () => {
    const directory = temporary()
    let lost = 0
    const first = await lock(directory, () => lost++)
    // Another connector took the first one for dead.
    writeFileSync(join(directory, '..lock'), 'other 1 name\n')
    while (lost === 0) await new Promise((resolve) => void setTimeout(resolve, 3))
    expect(await first.isHeld()).toBe(false)
    await first.release()
    expect(readdirSync(directory)).toEqual(['..lock'])
    const second = await lock(directory)
    expect(await second.isHeld()).toBe(true)
    expect(lost).toBe(1)
  })

  test('goes to one of several that want it', async () => {
    const directory = temporary()
    writeFileSync(join(directory, '..lock'), 'dead 1 name\n')
    const outcomes = await Promise.allSettled(Array.from({ length: 4 }, () => lock(directory)))
    const locks = outcomes.flatMap((each) => (each.status === 'fulfilled' ? [each.value] : []))
    const held = await Promise.all(locks.map((each) => each.isHeld()))
    expect(held.filter((isHeld) => isHeld)).toHaveLength(1)
    expect(readdirSync(directory)).toEqual(['..lock'])
  })

  test.each([
    ['a link to a file that others may not read', (lock: string, secret: string) => symlinkSync(secret, lock)],
    ['a pipe that nobody writes to', (lock: string) => void execFileSync('mkfifo', [lock])],
  ])('that is %s is not read, and taken over', async (_what, make) => {
    const [directory, elsewhere] = [temporary(), temporary()]
    const secret = join(elsewhere, 'secret')
    writeFileSync(secret, 'not ours')
    make(join(directory, '..lock'), secret)
    // Another process changes the file meanwhile: that is not somebody who holds the lock.
    const changing = setInterval(() => writeFileSync(secret, `not ours ${Math.random()}`), 5)
    onTestFinished(() => clearInterval(changing))
    const held = await lock(directory)
    expect(await held.isHeld()).toBe(true)
    expect(readFileSync(secret, 'utf8')).toContain('not ours')
  })
})
