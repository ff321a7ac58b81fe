/** What happens after the start: sources change, time passes. Clocks that are set here are this process's own; OpenSSL's is the machine's. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CrlOptions, Leaf } from '@clientcert/testing'
import { afterEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import {
  type GuardedServer,
  type HandshakeOptions,
  type HandshakeRefusal,
  refuseInHandshake,
  SourceError,
} from '../../src/index.ts'
import { createLog } from '../serving.ts'
import { authorityOf, crlOf, guardedServer, HOUR_MS, identity, inHours, knock, listen, outcomesOf } from './knocking.ts'

const root = authorityOf('Root')
const other = authorityOf('Other root')
const [alice, bob, carol] = [root.issue('alice'), root.issue('bob'), other.issue('carol')]

interface Followed {
  readonly server: GuardedServer
  readonly refusal: HandshakeRefusal
  readonly log: readonly string[]
  readonly errors: readonly SourceError[]
  /** Writes the files, */
  readonly replace: (material: Material) => void
  /** and has them loaded. */
  readonly write: (material: Material) => Promise<void>
}

interface Material {
  readonly trust?: string
  readonly crls?: string
}

/** A guarded server over real files, which change where a test writes them. */
function followed(crls: string, options: HandshakeOptions = {}): Followed {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-handshake-'))
  const [trustFile, crlFile] = [join(folder, 'ca.pem'), join(folder, 'ca.crl')]
  writeFileSync(trustFile, root.certificate.pem)
  writeFileSync(crlFile, crls)
  const server = guardedServer({
    trust: { file: trustFile, reload: 'never' },
    revocation: { crls: { file: crlFile, reload: 'never' } },
  })
  const log = createLog()
  const errors: SourceError[] = []
  const listener = (message: unknown) => {
    if (typeof message !== 'object' || message === null || !('error' in message)) return
    if (message.error instanceof SourceError) errors.push(message.error)
  }
  subscribe('clientcert:source', listener)
  const refusal = refuseInHandshake(server, server.clientCertAuthenticator, identity, { logger: log, ...options })
  onTestFinished(() => {
    refusal.close()
    server.clientCertAuthenticator.close()
    unsubscribe('clientcert:source', listener)
    rmSync(folder, { recursive: true })
  })
  const replace = (material: Material): void => {
    if (material.trust !== undefined) writeFileSync(trustFile, material.trust)
    if (material.crls !== undefined) writeFileSync(crlFile, material.crls)
  }
  return {
    server,
    refusal,
    log: log.lines,
    errors,
    replace,
    write: async (material) => {
      replace(material)
      await server.clientCertAuthenticator.reload()
    },
  }
}

const crlAt = (number: number, revoked: readonly Leaf[], options: CrlOptions = {}): string =>
  crlOf(root, revoked, { number, thisUpdate: inHours(-100 + number), ...options })

describe('when something changes', () => {
  test('a client that is revoked is refused in its next handshake, a session from before included; one that no longer is, is let in', async () => {
    const { server, refusal, write } = followed(crlAt(1, [bob]))
    const port = await listen(server)
    expect(await outcomesOf(port, [alice, bob])).toEqual([200, 'closed'])
    const { session } = await knock(port, alice)
    await write({ crls: crlAt(2, [alice]) })
    expect(await outcomesOf(port, [alice, bob])).toEqual(['closed', 200])
    expect(await knock(port, alice, { session: session ?? Buffer.of() })).toMatchObject({ outcome: 'closed' })
    expect(refusal.status()).toMatchObject({ epoch: 3, checksCrls: true, problems: [], refused: { CERT_REVOKED: 3 } })
  })

  test('an authority that is withdrawn is unknown in the next handshake, and a new one is known', async () => {
    const { server, write } = followed(crlAt(1, []) + crlOf(other))
    const port = await listen(server)
    expect(await outcomesOf(port, [alice, carol])).toEqual([200, 'closed'])
    const { session } = await knock(port, alice)
    await write({ trust: other.certificate.pem })
    expect(await outcomesOf(port, [alice, carol])).toEqual(['closed', 200])
    expect(await knock(port, alice, { session: session ?? Buffer.of() })).toMatchObject({ outcome: 'closed' })
  })

  test('the context stays where nothing differs, so that sessions are resumed', async () => {
    const { server, write } = followed(crlAt(1, []))
    const port = await listen(server)
    const { session } = await knock(port, alice)
    await write({ crls: `written again\n${crlAt(1, [])}` })
    expect(await knock(port, alice, { session: session ?? Buffer.of() })).toMatchObject({ outcome: 200 })
  })

  test('its hosts follow', async () => {
    const folder: { refusal?: HandshakeRefusal } = {}
    const tls = { ...identity }
    const server = guardedServer(
      { trust: { pem: root.certificate.pem }, revocation: { crls: { pem: crlAt(1, [bob]) } } },
      {
        SNICallback: (_: string, done: (error: null, context?: object) => void) =>
          done(null, folder.refusal?.contextFor(tls)),
      },
    )
    const refusal = refuseInHandshake(server, server.clientCertAuthenticator, identity)
    folder.refusal = refusal
    const port = await listen(server)
    expect(await outcomesOf(port, [alice, bob])).toEqual([200, 'closed'])
    const before = refusal.contextFor(tls)
    expect(refusal.contextFor(tls)).toBe(before)
    server.setSecureContext(identity)
    expect(refusal.contextFor(tls)).not.toBe(before)
    expect(await outcomesOf(port, [alice, bob])).toEqual([200, 'closed'])
  })

  test('after close() nothing does, and the server goes on to refuse', async () => {
    const { server, refusal, write } = followed(crlAt(1, [bob]))
    const port = await listen(server)
    refusal.close()
    await write({ crls: crlAt(2, [alice]) })
    expect(await outcomesOf(port, [bob])).toEqual(['closed'])
    expect(await outcomesOf(port, [alice])).toEqual([401]) // Behind the handshake.
  })
})

describe("an authority without a CRL, after the start, under 'required'", () => {
  test('has its clients refused, and the others not; it is said, once', async () => {
    const { server, refusal, write, errors, log } = followed(crlAt(1, []))
    const port = await listen(server)
    await write({ trust: root.certificate.pem + other.certificate.pem })
    expect(await outcomesOf(port, [alice, carol])).toEqual([200, 'closed'])
    const problem = 'CN=Other root has no CRL (no CRL at hand is of its name), so its clients are refused'
    expect(refusal.status()).toMatchObject({ problems: [problem], checksCrls: true, refused: { UNABLE_TO_GET_CRL: 1 } })
    await write({ crls: crlAt(2, []) })
    expect(errors.map(({ message }) => message)).toEqual([`the handshake could not be loaded: ${problem}`])
    expect(log.filter((line) => line.includes(problem))).toHaveLength(1)
    await write({ crls: crlAt(2, []) + crlOf(other) })
    expect(refusal.status().problems).toEqual([])
    expect(await outcomesOf(port, [alice, carol])).toEqual([200, 200])
  })

  test('and where no CRL is left at all, everybody: an empty list would switch the check off', async () => {
    const { server, refusal, write } = followed(crlAt(1, [bob]))
    const port = await listen(server)
    await write({ crls: crlAt(2, [bob], { nextUpdate: inHours(-1) }) })
    expect(await outcomesOf(port, [alice, bob])).toEqual(['closed', 'closed'])
    expect(refusal.status()).toMatchObject({ checksCrls: true, refused: { UNABLE_TO_GET_CRL: 2 } })
    expect(refusal.status().problems).toEqual([
      expect.stringMatching(/is out of date since .*, so its clients are refused$/),
    ])
    await write({ crls: crlAt(3, [bob]) })
    expect(await outcomesOf(port, [alice, bob])).toEqual([200, 'closed'])
  })

  test('a CRL beyond maxCrlBytes is none', async () => {
    const { server, refusal, write } = followed(crlAt(1, []), { maxCrlBytes: 1_024 })
    const port = await listen(server)
    const many = Array.from({ length: 40 }, () => bob)
    await write({ crls: crlAt(2, many) })
    expect(refusal.status().problems).toEqual([
      expect.stringMatching(/has \d+ octets, which are more than are left of 1024 \(maxCrlBytes\)/),
    ])
    expect(await outcomesOf(port, [alice])).toEqual(['closed'])
  })
})

describe("under 'when-complete'", () => {
  test('no CRL is looked at while one is missing, which is said; who is revoked is refused behind the handshake', async () => {
    const { server, refusal, write, errors } = followed(crlAt(1, [bob]), { crls: 'when-complete' })
    const port = await listen(server)
    expect(await outcomesOf(port, [alice, bob])).toEqual([200, 'closed'])
    await write({ trust: root.certificate.pem + other.certificate.pem })
    expect(await outcomesOf(port, [alice, bob, carol])).toEqual([200, 401, 200])
    expect(refusal.status()).toMatchObject({ checksCrls: false })
    expect(errors.map(({ message }) => message)).toEqual([
      expect.stringMatching(/CN=Other root .*, so no CRL is looked at$/),
    ])
  })
})

describe("under 'left-out'", () => {
  test('no CRL is looked at, nor missed; strangers are refused all the same', async () => {
    const { server, refusal, errors } = followed(crlAt(1, [bob]), { crls: 'left-out' })
    const port = await listen(server)
    expect(await outcomesOf(port, [alice, bob, carol])).toEqual([200, 401, 'closed'])
    expect(refusal.status()).toMatchObject({ checksCrls: false, problems: [] })
    expect(errors).toEqual([])
  })
})

describe('when time passes', () => {
  afterEach(() => {
    vi.useRealTimers()
  })

  const start = (options: HandshakeOptions = {}): Followed => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    return followed(crlAt(1, [], { nextUpdate: inHours(10) }), options)
  }
  const passHours = (hours: number) => vi.advanceTimersByTimeAsync(hours * HOUR_MS)
  const messages = ({ errors }: Followed) => errors.map(({ message }) => message)

  test('sources are loaded again an hour before a CRL ends; where that brings none, it is said once, and the end again', async () => {
    const started = start()
    const { refusal } = started
    expect(refusal.status().freshUntil?.toISOString().slice(0, 19)).toBe(inHours(10).toISOString().slice(0, 19))
    await passHours(8.9)
    expect(messages(started)).toEqual([])
    await passHours(0.2)
    await vi.waitFor(() => expect(started.errors).toHaveLength(1))
    expect(messages(started)).toEqual([
      expect.stringMatching(
        /a CRL ends at .*Z and no newer one is there: from then on its authority's clients are refused$/,
      ),
    ])
    expect(refusal.status().problems).toEqual([])
    await passHours(1)
    expect(messages(started)).toHaveLength(2)
    expect(refusal.status()).toMatchObject({
      checksCrls: true,
      problems: [expect.stringMatching(/^CN=Root has no CRL \(.*ca\.crl is out of date since /)],
    })
  })

  test('one that is there by then comes into force, and nothing is said', async () => {
    const started = start({ aheadSeconds: 7_200 })
    started.replace({ crls: crlAt(2, [bob], { nextUpdate: inHours(100) }) })
    await passHours(7.9)
    expect(started.refusal.status().epoch).toBe(2)
    await passHours(0.2)
    await vi.waitFor(() => expect(started.refusal.status().epoch).toBe(3))
    await passHours(3)
    expect(started.refusal.status().problems).toEqual([])
    expect(messages(started)).toEqual([])
  })

  test('a context that cannot be replaced is tried again after a second, two, four, ... at most a minute, and then taken', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'Date'] })
    const server = guardedServer({
      trust: { pem: root.certificate.pem },
      revocation: { crls: { pem: crlAt(1, [], { nextUpdate: inHours(10) }) } },
    })
    const setContext = server.setSecureContext.bind(server)
    let attempts = 0
    let isBroken = false
    server.setSecureContext = (options) => {
      attempts++
      if (isBroken) throw new Error('not taken')
      setContext(options)
    }
    const log = createLog()
    const refusal = refuseInHandshake(server, server.clientCertAuthenticator, identity, {
      crls: 'when-complete',
      logger: log,
    })
    onTestFinished(() => {
      refusal.close()
      server.clientCertAuthenticator.close()
    })
    isBroken = true
    attempts = 0
    await passHours(10.5)
    // 1, 2, 4, 8, 16, 32 seconds, then one each minute.
    expect(attempts).toBeGreaterThan(6)
    expect(attempts).toBeLessThanOrEqual(40)
    expect(refusal.status().problems).toContain('the server keeps what it had: not taken')
    expect(log.lines.filter((line) => line.includes('not taken'))).toHaveLength(1)
    isBroken = false
    attempts = 0
    await passHours(1)
    expect(attempts).toBe(1)
    expect(refusal.status()).toMatchObject({ checksCrls: false })
    expect(refusal.status().problems).not.toContain('the server keeps what it had: not taken')
  })

  test('an authority that ends needs no CRL any more, and one that begins does from then on', async () => {
    const ending = authorityOf({ subject: 'Ending', notAfter: inHours(2) })
    const beginning = authorityOf({ subject: 'Beginning', notBefore: inHours(4) })
    const started = start()
    await started.write({ trust: [root, ending, beginning].map(({ certificate }) => certificate.pem).join('') })
    expect(started.refusal.status().problems).toEqual([expect.stringMatching(/^CN=Ending has no CRL/)])
    await passHours(3)
    expect(started.refusal.status().problems).toEqual([])
    await passHours(2)
    expect(started.refusal.status().problems).toEqual([expect.stringMatching(/^CN=Beginning has no CRL/)])
  })
})
