/** Files of CRLs, and what happens when they change. */
import '@clientcert/testing/vitest'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Authority, type Leaf, type MintedCrl, mintCrl } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { AuthenticatorOptions, RevocationOptions, SourceMessage } from '../../src/index.ts'
import { authenticatorFor, LOOPBACK, linesFor } from '../behind-nginx.ts'
import { requestPlainly, serve } from '../serving.ts'
import { temporaryDirectory } from '../trust/stores.ts'
import { alice, GOOD, hours, issuing, mallory, outcomeOf, root } from './chain.ts'

/** An authenticator over CRLs in a file, and how to write that file. */
function overFile(first: readonly MintedCrl[], options: Partial<AuthenticatorOptions> = {}) {
  const file = join(temporaryDirectory(), 'clients.crl')
  const write = (crls: readonly MintedCrl[] | string) => {
    writeFileSync(`${file}.new`, typeof crls === 'string' ? crls : crls.map(({ pem }) => pem).join(''))
    renameSync(`${file}.new`, file)
  }
  write(first)
  const messages: SourceMessage[] = []
  const listener = (message: unknown) => void messages.push(message as SourceMessage)
  subscribe('clientcert:source', listener)
  onTestFinished(() => void unsubscribe('clientcert:source', listener))
  const authenticator = authenticatorFor({
    trust: { pem: root.certificate.pem + issuing.certificate.pem },
    clock: () => root.at,
    revocation: { mode: 'strict', crls: { file, reload: 'never' } },
    ...options,
  })
  const outcome = async (leaf: Leaf): Promise<string> => {
    const decision = await authenticator.verify({ pem: leaf.fullChainPem })
    return 'failure' in decision ? decision.failure.code : decision.outcome
  }
  return { file, write, authenticator, outcome, messages }
}

const revoking = (leaf: Leaf, authority: Authority = issuing) =>
  mintCrl(authority, { entries: [leaf], number: 2, thisUpdate: root.at })

describe('a file that changes', () => {
  test('is taken at reload(): who is revoked in it is refused', async () => {
    const { write, authenticator, outcome, messages, file } = overFile(GOOD)
    expect(await outcome(mallory)).toBe('accepted')
    write([mintCrl(root), revoking(mallory)])
    await authenticator.reload()
    expect(await outcome(mallory)).toBe('ERR_REVOCATION_REVOKED')
    expect(await outcome(alice)).toBe('accepted')
    expect(messages.filter(({ source }) => source === `file ${file}`)).toMatchObject([
      { outcome: 'loaded', error: null },
    ])
  })

  test('is taken by itself where it is watched', async () => {
    const { write, file } = overFile(GOOD)
    const watching = authenticatorFor({
      trust: { pem: root.certificate.pem },
      clock: () => root.at,
      revocation: { mode: 'strict', crls: { file } },
    })
    const code = async () => {
      const decision = await watching.verify({ pem: mallory.fullChainPem })
      return decision.outcome === 'rejected' ? decision.failure.code : decision.outcome
    }
    expect(await code()).toBe('accepted')
    write([mintCrl(root), revoking(mallory)])
    await expect.poll(code, { timeout: 12_000, interval: 50 }).toBe('ERR_REVOCATION_REVOKED')
  }, 15_000)

  test.each([
    ['garbage', 'no CRL'],
    ['nothing', ''],
    [
      'half of it',
      GOOD.map(({ pem }) => pem)
        .join('')
        .slice(0, -100),
    ],
    ['a certificate', root.certificate.pem],
  ])('into %s keeps the last good (CVE-2026-53434), and says so', async (_, text) => {
    const { write, authenticator, outcome, messages } = overFile([mintCrl(root), revoking(mallory)])
    write(text)
    await authenticator.reload()
    expect(await outcome(mallory)).toBe('ERR_REVOCATION_REVOKED')
    expect(await outcome(alice)).toBe('accepted')
    expect(messages.at(-1)).toMatchObject({ outcome: 'kept-last-good', error: { code: 'ERR_SOURCE_LOAD' } })
    expect(messages.at(-1)?.error?.message).toMatch(/clients\.crl/)
  })

  test('is shown by status(): CRLs, entries, when the first is out of date, and what failed', async () => {
    const { write, authenticator } = overFile([mintCrl(root, { nextUpdate: hours(5) }), revoking(mallory)])
    expect(authenticator.status().crlSources).toMatchObject([
      { crls: 2, entries: 1, nextUpdate: hours(5), error: null },
    ])
    write('no CRL')
    await authenticator.reload()
    expect(authenticator.status().crlSources).toMatchObject([
      { crls: 2, entries: 1, error: expect.stringContaining('no X509 CRL block') as string },
    ])
  })
})

describe('a client that is remembered', () => {
  const from = LOOPBACK
  const knock = async (port: number, leaf: Leaf) => requestPlainly({ port }, linesFor(leaf))

  test('is refused at its next request once a CRL revokes it, and let in again once a hold is lifted', async () => {
    const { write, authenticator } = overFile(GOOD, { from })
    const { port, last } = await serve('http', authenticator)
    const ask = async () => {
      await knock(port, mallory)
      const { decision } = last()
      return 'failure' in decision ? decision.failure.code : decision.outcome
    }
    // Behind a proxy that sends the end entity alone; the store has the rest.
    expect([await ask(), await ask()]).toEqual(['accepted', 'accepted'])
    const entry = { certificate: mallory.certificate, reason: 'certificateHold' } as const
    write([mintCrl(root), mintCrl(issuing, { entries: [entry], number: 2, thisUpdate: root.at })])
    await authenticator.reload()
    expect([await ask(), await ask()]).toEqual(['ERR_REVOCATION_ON_HOLD', 'ERR_REVOCATION_ON_HOLD'])
    write([mintCrl(root), mintCrl(issuing, { number: 3, thisUpdate: root.at })])
    await authenticator.reload()
    expect(await ask()).toBe('accepted')
  })

  test('is asked about again once the CRL that vouched for it is out of date', async () => {
    let now = root.at
    const crls = [mintCrl(root), mintCrl(issuing, { nextUpdate: hours(1) })]
    const { authenticator } = overFile(crls, { from, clock: () => now })
    const { port, last } = await serve('http', authenticator)
    await knock(port, alice)
    expect(last().decision.outcome).toBe('accepted')
    now = new Date(hours(1).getTime() + 60_000)
    await knock(port, alice)
    expect(last().decision.outcome).toBe('accepted')
    now = new Date(hours(1).getTime() + 62_000)
    await knock(port, alice)
    expect(last().decision).toBeRejectedWith('ERR_REVOCATION_UNAVAILABLE')
  })
})

describe('CRLs are read from', () => {
  const [one, two] = GOOD as [MintedCrl, MintedCrl]
  const directory = () => {
    const path = temporaryDirectory()
    writeFileSync(join(path, 'root.crl'), one.der)
    writeFileSync(join(path, 'issuing.pem'), two.pem)
    writeFileSync(join(path, '.hidden'), 'no CRL')
    return path
  }

  test.each<readonly [string, () => NonNullable<RevocationOptions['crls']>]>([
    ['a directory, names with a dot aside', () => ({ directory: directory() })],
    ['files, in DER and PEM', () => ({ files: ['root.crl', 'issuing.pem'].map((name) => join(directory(), name)) })],
    ['one file for each', () => ['root.crl', 'issuing.pem'].map((name) => ({ file: join(directory(), name) }))],
    ['a bundle as text', () => ({ pem: one.pem + two.pem })],
    ['a bundle as bytes', () => ({ pem: Buffer.from(one.pem + two.pem) })],
    [
      'bytes, copied: what is written to them later changes nothing',
      () => {
        const der = one.der.slice()
        const source = { der }
        queueMicrotask(() => der.fill(0))
        return [source, { der: two.der }]
      },
    ],
  ])('%s', async (_, crls) => {
    expect(await outcomeOf(alice, [], { crls: crls() })).toBe('accepted')
  })
})
