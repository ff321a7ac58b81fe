import { mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Authority, createAuthority } from '@clientcert/testing'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { POLL_MS, SETTLE_MS, watchPaths } from '../../src/sources/watch-paths.ts'
import { heldBy, openStore, pemOf, temporaryDirectory } from '../trust/stores.ts'

const [one, other] = [createAuthority('One'), createAuthority('Other')]

/** Long for a machine under load, and shorter than polling takes: what is noticed by then was notified. */
const NOTIFIED = { timeout: POLL_MS - 2000, interval: 20 }

afterEach(() => vi.useRealTimers())

describe('files are followed by themselves', () => {
  const follows = (store: ReturnType<typeof openStore>, anchors: readonly string[]) =>
    vi.waitFor(() => expect(heldBy(store).anchors).toEqual(anchors), NOTIFIED)

  test('a file that is written again, and again', async () => {
    const file = join(temporaryDirectory(), 'ca.pem')
    writeFileSync(file, pemOf(one))
    const store = openStore({ file })
    writeFileSync(file, pemOf(other))
    await follows(store, ['Other'])
    writeFileSync(file, pemOf(one, other))
    await follows(store, ['One', 'Other'])
  })

  test('a file that others are renamed over, twice: the first took the watched one away', async () => {
    const file = join(temporaryDirectory(), 'ca.pem')
    writeFileSync(file, pemOf(one))
    const store = openStore({ files: [file] })
    for (const [holders, anchors] of [
      [[other], ['Other']],
      [
        [one, other],
        ['One', 'Other'],
      ],
    ] as const) {
      writeFileSync(`${file}.new`, pemOf(...holders))
      renameSync(`${file}.new`, file)
      await follows(store, anchors)
    }
  })

  test('a mount of Kubernetes, whose `..data` is swapped, as file and as directory', async () => {
    const mount = temporaryDirectory()
    const place = (version: string, content: string) => {
      mkdirSync(join(mount, version))
      writeFileSync(join(mount, version, 'ca.pem'), content)
      symlinkSync(version, join(mount, '..data_tmp'))
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
    }
    place('..v1', pemOf(one))
    symlinkSync('..data/ca.pem', join(mount, 'ca.pem'))
    const stores = [openStore({ file: join(mount, 'ca.pem') }), openStore({ directory: mount })]
    place('..v2', pemOf(other))
    rmSync(join(mount, '..v1'), { recursive: true })
    for (const store of stores) await follows(store, ['Other'])
    place('..v3', pemOf(one, other))
    for (const store of stores) await follows(store, ['One', 'Other'])
  })

  test('a directory: an entry added, written again, taken away', async () => {
    const directory = temporaryDirectory()
    const write = (name: string, authority: Authority) => writeFileSync(join(directory, name), pemOf(authority))
    write('a.pem', one)
    const store = openStore({ directory })
    write('b.pem', other)
    await follows(store, ['One', 'Other'])
    write('a.pem', other)
    await follows(store, ['Other'])
    write('a.pem', one)
    await follows(store, ['One', 'Other'])
    unlinkSync(join(directory, 'b.pem'))
    await follows(store, ['One'])
  })

  test('back to good after a bad state', async () => {
    const file = join(temporaryDirectory(), 'ca.pem')
    writeFileSync(file, pemOf(one))
    const store = openStore({ file })
    unlinkSync(file)
    await vi.waitFor(
      () => expect(store.status()).toMatchObject([{ error: expect.stringContaining('ENOENT') as string }]),
      NOTIFIED,
    )
    expect(heldBy(store).anchors).toEqual(['One'])
    writeFileSync(file, pemOf(other))
    await follows(store, ['Other'])
    expect(store.status()).toMatchObject([{ error: null }])
  })

  test('but not where reload is never', async () => {
    const directory = temporaryDirectory()
    const [file, watched] = [join(directory, 'ca.pem'), join(directory, 'watched.pem')]
    writeFileSync(file, pemOf(one))
    writeFileSync(watched, pemOf(one))
    const [store, witness] = [openStore({ file, reload: 'never' }), openStore({ file: watched })]
    writeFileSync(file, pemOf(other))
    writeFileSync(watched, pemOf(other))
    await follows(witness, ['Other'])
    expect(heldBy(store).anchors).toEqual(['One'])
  })
})

describe('a busy directory', () => {
  /** Writes until the promise is settled, faster than anything settles. */
  async function amidWrites(file: string, waiting: Promise<unknown>): Promise<void> {
    let isOver = false
    const end = waiting.finally(() => {
      isOver = true
    })
    end.catch(() => {})
    for (let line = 0; !isOver; line++) {
      writeFileSync(file, `${line}\n`)
      await pause(SETTLE_MS / 10)
    }
    await end
  }

  test('does not keep a change from being noticed: a log beside the file that never rests', async () => {
    const directory = temporaryDirectory()
    const file = join(directory, 'ca.pem')
    writeFileSync(file, pemOf(one))
    const store = openStore({ file })
    writeFileSync(file, pemOf(other))
    const noticed = vi.waitFor(() => expect(heldBy(store).anchors).toEqual(['Other']), NOTIFIED)
    await amidWrites(join(directory, 'app.log'), noticed)
  })

  test('nor from being read: the file itself is written without rest', async () => {
    const file = join(temporaryDirectory(), 'ca.pem')
    const changed = vi.fn()
    onTestFinished(watchPaths([file, join(file, '..')], () => [file], changed))
    await amidWrites(
      file,
      vi.waitFor(() => expect(changed).toHaveBeenCalled(), NOTIFIED),
    )
  })

  test('does not cause loads: what happens to other files concerns nobody', async () => {
    const directory = temporaryDirectory()
    const file = join(directory, 'ca.pem')
    writeFileSync(file, pemOf(one))
    const changed = vi.fn()
    onTestFinished(watchPaths([file, directory], () => [file], changed))
    for (let line = 0; line < 30; line++) {
      writeFileSync(join(directory, 'app.log'), `${line}\n`)
      await pause(SETTLE_MS / 10)
    }
    expect(changed).not.toHaveBeenCalled()
    writeFileSync(file, pemOf(other))
    await vi.waitFor(() => expect(changed).toHaveBeenCalledTimes(1), NOTIFIED)
  })
})

describe('where no notification comes, polling finds it', () => {
  /** A directory that is watched by polling alone: no place to be notified from is given. */
  function polled() {
    const directory = temporaryDirectory()
    const path = (name: string) => join(directory, name)
    const write = (name: string, content: string) => writeFileSync(path(name), content)
    const list = () =>
      readdirSync(directory)
        .filter((name) => !name.startsWith('.'))
        .map(path)
    mkdirSync(path('.v1'))
    mkdirSync(path('.v2'))
    write('.v1/linked', 'one')
    write('.v2/linked', 'one')
    symlinkSync('.v1', path('.data'))
    symlinkSync('.data/linked', path('linked'))
    write('plain', 'one')
    vi.useFakeTimers()
    const changed = vi.fn()
    const stop = watchPaths([], list, changed)
    onTestFinished(stop)
    return { path, write, changed, stop }
  }

  test.each<[string, (files: ReturnType<typeof polled>) => void]>([
    ['a file written again', ({ write }) => write('plain', 'other')],
    ['a file added', ({ write }) => write('new', 'one')],
    ['a file taken away', ({ path }) => unlinkSync(path('plain'))],
    [
      'a file that another of the same size was renamed over',
      ({ path, write }) => {
        write('.new', 'two')
        renameSync(path('.new'), path('plain'))
      },
    ],
    [
      'a link that leads elsewhere',
      ({ path }) => {
        symlinkSync('.v2', path('.tmp'))
        renameSync(path('.tmp'), path('.data'))
      },
    ],
    ['a link that leads nowhere', ({ path }) => unlinkSync(path('.data'))],
  ])('%s, once', (_, change) => {
    const files = polled()
    vi.advanceTimersByTime(10 * POLL_MS)
    expect(files.changed).not.toHaveBeenCalled()
    change(files)
    vi.advanceTimersByTime(POLL_MS + SETTLE_MS)
    expect(files.changed).toHaveBeenCalledTimes(1)
    vi.advanceTimersByTime(10 * POLL_MS)
    expect(files.changed).toHaveBeenCalledTimes(1)
  })

  test('until it is stopped, with nothing left behind', () => {
    const { write, changed, stop } = polled()
    write('plain', 'other')
    vi.advanceTimersByTime(POLL_MS)
    stop()
    vi.advanceTimersByTime(10 * POLL_MS)
    expect(changed).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
