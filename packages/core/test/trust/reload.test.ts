/** Files change while the program runs. Loads are asked for here; that they are noticed by themselves is another test. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdirSync, renameSync, rmSync, symlinkSync, unlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createAuthority, type Leaf } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { type Authenticator, createAuthenticator, type SourceMessage, type TrustInput } from '../../src/index.ts'
import { SourceError } from '../../src/sources/source-error.ts'
import { CLOCK, pemOf, temporaryDirectory } from './stores.ts'

const [one, other] = [createAuthority('One'), createAuthority('Other')]
const never = { reload: 'never' } as const

/** An authenticator over real files, and what it says on its channel. */
function open(trust: TrustInput | readonly TrustInput[]): { authenticator: Authenticator; messages: SourceMessage[] } {
  const messages: SourceMessage[] = []
  const listener = (message: unknown) => void messages.push(message as SourceMessage)
  subscribe('clientcert:source', listener)
  const authenticator = createAuthenticator({ trust, clock: () => CLOCK })
  onTestFinished(() => {
    authenticator.close()
    unsubscribe('clientcert:source', listener)
  })
  return { authenticator, messages }
}

const outcomeOf = async (authenticator: Authenticator, leaf: Leaf): Promise<string> => {
  const decision = await authenticator.verify({ pem: leaf.fullChainPem })
  return 'failure' in decision ? decision.failure.code : decision.outcome
}

/** What a mistaken `mkdir -p` leaves. */
function replaceByDirectory(file: string): void {
  unlinkSync(file)
  mkdirSync(file)
}

/** A file in a directory of its own, and how to write it. */
function fileWith(content: string): { file: string; write: (content: string) => void } {
  const file = join(temporaryDirectory(), 'ca.pem')
  const write = (text: string) => writeFileSync(file, text)
  write(content)
  return { file, write }
}

describe('reload() takes new content', () => {
  test('of a file that was written again: who was trusted is not, who was not is', async () => {
    const { file, write } = fileWith(pemOf(one))
    const { authenticator, messages } = open({ file, ...never })
    expect(await outcomeOf(authenticator, one.issue())).toBe('accepted')
    expect(await outcomeOf(authenticator, other.issue())).toBe('ERR_PATH_ISSUER_MISSING')
    expect(authenticator.status()).toMatchObject({ ready: true, epoch: 1, anchors: 1, intermediates: 0 })

    write(pemOf(other, other.intermediate()))
    await authenticator.reload()
    expect(await outcomeOf(authenticator, one.issue())).toBe('ERR_PATH_ISSUER_MISSING')
    expect(await outcomeOf(authenticator, other.issue())).toBe('accepted')
    expect(authenticator.status()).toMatchObject({ epoch: 2, anchors: 1, intermediates: 1 })
    expect(messages).toEqual([{ source: `file ${file}`, outcome: 'loaded', error: null, epoch: 2 }])
  })

  test('of a file that another was renamed over', async () => {
    const { file } = fileWith(pemOf(one))
    const { authenticator } = open({ file, ...never })
    writeFileSync(`${file}.new`, pemOf(other))
    renameSync(`${file}.new`, file)
    await authenticator.reload()
    expect(await outcomeOf(authenticator, other.issue())).toBe('accepted')
  })

  test('of a mount of Kubernetes, whose `..data` is swapped', async () => {
    const mount = temporaryDirectory()
    const place = (version: string, content: string) => {
      mkdirSync(join(mount, version))
      writeFileSync(join(mount, version, 'ca.pem'), content)
      symlinkSync(version, join(mount, '..data_tmp'))
      renameSync(join(mount, '..data_tmp'), join(mount, '..data'))
    }
    place('..v1', pemOf(one))
    symlinkSync('..data/ca.pem', join(mount, 'ca.pem'))
    for (const trust of [{ file: join(mount, 'ca.pem') }, { directory: mount }]) {
      rmSync(join(mount, '..v2'), { recursive: true, force: true })
      const { authenticator } = open({ ...trust, ...never })
      expect(await outcomeOf(authenticator, one.issue())).toBe('accepted')
      place('..v2', pemOf(other))
      await authenticator.reload()
      expect(await outcomeOf(authenticator, one.issue())).toBe('ERR_PATH_ISSUER_MISSING')
      expect(await outcomeOf(authenticator, other.issue())).toBe('accepted')
      rmSync(join(mount, '..v1'), { recursive: true })
      place('..v1', pemOf(one))
    }
  })

  test('of a directory to which a file was added, and from which one was taken', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'one.pem'), pemOf(one))
    const { authenticator } = open({ directory, ...never })
    writeFileSync(join(directory, 'other.pem'), pemOf(other))
    await authenticator.reload()
    expect(authenticator.status()).toMatchObject({ epoch: 2, anchors: 2 })
    unlinkSync(join(directory, 'one.pem'))
    await authenticator.reload()
    expect(authenticator.status()).toMatchObject({ epoch: 3, anchors: 1 })
    expect(await outcomeOf(authenticator, one.issue())).toBe('ERR_PATH_ISSUER_MISSING')
  })

  test('and the epoch grows with content alone', async () => {
    const { file, write } = fileWith(pemOf(one))
    const { authenticator, messages } = open({ file, ...never })
    await authenticator.reload()
    write(`# a comment is no content\n${pemOf(one)}`)
    await authenticator.reload()
    expect(authenticator.status().epoch).toBe(1)
    expect(messages.map(({ outcome, epoch }) => [outcome, epoch])).toEqual([
      ['loaded', 1],
      ['loaded', 1],
    ])
    write(pemOf(one, other))
    await authenticator.reload()
    expect(authenticator.status().epoch).toBe(2)
  })
})

describe('a load that fails keeps the last good content, says so, and recovers', () => {
  const intermediate = one.intermediate('CA')
  const good = pemOf(one)

  test.each<[string, (file: string) => void, RegExp]>([
    ['half-written', (file) => writeFileSync(file, good.slice(0, good.length / 2)), /PEM is broken/],
    ['written without a newline between two', (file) => writeFileSync(file, good.trimEnd() + pemOf(other)), /newline/],
    ['emptied', (file) => writeFileSync(file, ''), /no CERTIFICATE block/],
    ['deleted', (file) => unlinkSync(file), /ENOENT/],
    ['garbage', (file) => writeFileSync(file, Buffer.from('garbage\u0000\u00ff', 'latin1')), /PEM is broken/],
    ['a private key', (file) => writeFileSync(file, one.privateKeyPem), /Keep CERTIFICATE blocks only/],
    ['intermediates only', (file) => writeFileSync(file, pemOf(intermediate)), /none of them self-signed/],
    ['replaced by a directory', replaceByDirectory, /no regular file/],
  ])('a file that is %s', async (_, spoil, reason) => {
    const { file } = fileWith(good)
    const { authenticator, messages } = open({ file, ...never })
    spoil(file)
    await authenticator.reload()

    expect(await outcomeOf(authenticator, one.issue())).toBe('accepted')
    const [source] = authenticator.status().sources
    expect(source).toMatchObject({ lastSuccess: CLOCK, anchors: 1, error: expect.stringMatching(reason) as string })
    expect(source?.nextRefresh).toEqual(new Date(CLOCK.getTime() + 1000))
    expect(authenticator.status()).toMatchObject({ ready: true, epoch: 1 })
    const [message] = messages
    expect(message).toMatchObject({ source: `file ${file}`, outcome: 'kept-last-good', epoch: 1 })
    expect(message?.error).toBeInstanceOf(SourceError)
    expect(message?.error).toMatchObject({ code: 'ERR_SOURCE_LOAD', source: `file ${file}` })
    expect(message?.error?.cause).toBeInstanceOf(TypeError)
    expect(JSON.stringify(messages)).not.toMatch(/PRIVATE KEY-----\s/)

    rmSync(file, { recursive: true, force: true })
    writeFileSync(file, pemOf(other))
    await authenticator.reload()
    expect(authenticator.status().sources).toMatchObject([{ error: null, nextRefresh: null }])
    expect(authenticator.status().epoch).toBe(2)
    expect(await outcomeOf(authenticator, other.issue())).toBe('accepted')
    expect(await outcomeOf(authenticator, one.issue())).toBe('ERR_PATH_ISSUER_MISSING')
  })

  test('a directory of which one entry becomes unreadable keeps all of them', async () => {
    const directory = temporaryDirectory()
    writeFileSync(join(directory, 'one.pem'), pemOf(one))
    writeFileSync(join(directory, 'other.pem'), pemOf(other))
    const { authenticator } = open({ directory, ...never })
    unlinkSync(join(directory, 'other.pem'))
    symlinkSync('nowhere', join(directory, 'other.pem'))
    await authenticator.reload()
    expect(await outcomeOf(authenticator, other.issue())).toBe('accepted')
    expect(authenticator.status().sources).toMatchObject([{ error: expect.stringContaining('other.pem') as string }])
  })

  test('one source that fails holds up no other', async () => {
    const [first, second] = [fileWith(pemOf(one)), fileWith(pemOf(other))]
    const { authenticator } = open([
      { file: first.file, ...never },
      { file: second.file, ...never },
    ])
    const third = createAuthority('Third')
    first.write('garbage')
    second.write(pemOf(third))
    await authenticator.reload()
    expect(await outcomeOf(authenticator, one.issue())).toBe('accepted')
    expect(await outcomeOf(authenticator, third.issue())).toBe('accepted')
    expect(await outcomeOf(authenticator, other.issue())).toBe('ERR_PATH_ISSUER_MISSING')
    const [broken, good] = authenticator.status().sources
    expect(broken?.error).not.toBe(null)
    expect(good?.error).toBe(null)
  })
})

describe('close() ends it', () => {
  test('nothing is loaded any more, and decisions are refused', async () => {
    const { file, write } = fileWith(pemOf(one))
    const { authenticator, messages } = open({ file })
    authenticator.close()
    write(pemOf(other))
    await authenticator.reload()
    expect(messages).toEqual([])
    expect(authenticator.status().ready).toBe(false)
    expect(await outcomeOf(authenticator, one.issue())).toBe('ERR_TRUST_NOT_READY')
    authenticator.close()
  })
})
