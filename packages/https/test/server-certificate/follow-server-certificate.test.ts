/**
 * A server's own certificate, on real files that change under it. OpenSSL goes by the machine's clock, and so do the certificates here.
 *
 * One file because all of it is one function, asked on the same servers and files.
 */
import { execFileSync } from 'node:child_process'
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer as createHttpsServer } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, createSecureContext, type Server } from 'node:tls'
import { fileURLToPath } from 'node:url'
import { createTlsClient, serverCertificate, tlsRequest } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import {
  ConfigurationError,
  createServer,
  type FollowCertificateOptions,
  followServerCertificate,
  refuseInHandshake,
  SourceError,
  tlsOptions,
} from '../../src/index.ts'
import { authorityOf, identity, knock, listen } from '../handshake/knocking.ts'
import { createLog } from '../serving.ts'

const root = authorityOf('Clients CA')
const alice = root.issue('alice')
const stranger = authorityOf('Unknown CA').issue('eve')
const trust = { pem: root.certificate.pem }
const servers = authorityOf('Server CA')

/** A key and certificate whose subject is a name. */
const pairOf = (name: string, type: 'p256' | 'rsa2048' = 'p256') => {
  const options = { subject: name, san: { dns: name }, key: type }
  const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(servers, options)
  return { cert, key }
}

/** Files for one key and certificate, with what writes them. */
function filesIn(first: { cert: string; key: string }) {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-server-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  const files = { certFile: join(folder, 'tls.crt'), keyFile: join(folder, 'tls.key') }
  const write = ({ cert, key }: { cert?: string; key?: string }) => {
    if (cert !== undefined) writeFileSync(files.certFile, cert)
    if (key !== undefined) writeFileSync(files.keyFile, key)
  }
  write(first)
  return { folder, files, write }
}

function follow(server: Server, options: FollowCertificateOptions) {
  const log = createLog()
  const followed = followServerCertificate(server, { logger: log, ...options })
  onTestFinished(() => followed.close())
  return { ...followed, log: log.lines }
}

const guarded = (more: object = {}) =>
  createServer({ ...identity, trust, ...more }, (_, response) => void response.end('in'))

/** The subject of the certificate that the server shows. */
function shown(port: number, servername = 'localhost', more: object = {}): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port, host: '127.0.0.1', rejectUnauthorized: false, servername, ...more }, () => {
      const { subject } = socket.getPeerCertificate()
      socket.destroy()
      resolve(subject.CN)
    })
    socket.on('error', reject)
  })
}

describe('the certificate of the files is shown', () => {
  test('from now on, and after each change by itself; a connection that is open stays', async () => {
    const { files, write } = filesIn(pairOf('first'))
    const server = guarded()
    const port = await listen(server)
    expect(await shown(port)).not.toBe('first')
    follow(server, files)
    expect(await shown(port)).toBe('first')
    const client = await createTlsClient({ port, leaf: alice })
    onTestFinished(() => client.close())
    write(pairOf('second'))
    await expect.poll(() => shown(port), { timeout: 20_000 }).toBe('second')
    expect((await client.request()).statusCode).toBe(200)
    expect((await knock(port, stranger)).outcome).toBe(401)
  }, 30_000)

  test('on servers of others, with what they were made with, which is else forgotten (Node: setSecureContext)', async () => {
    const { files, write } = filesIn(pairOf('first'))
    const tls = tlsOptions({ ...identity, maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' })
    const server = createHttpsServer(tls, (_, response) => response.end('in'))
    expect(() => followServerCertificate(server, files)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_MISSING', option: 'tls.ciphers' }),
    )
    const port = await listen(server)
    const { reload } = follow(server, { ...files, tls })
    write(pairOf('second'))
    await reload()
    expect(await shown(port)).toBe('second')
    await expect(shown(port, 'localhost', { minVersion: 'TLSv1.3' })).rejects.toThrow()
    expect((await tlsRequest({ port })).tls.protocol).toBe('TLSv1.2')
  })

  test('of a PFX, and of an encrypted key, with the passphrase', async () => {
    const { folder, files, write } = filesIn(pairOf('first'))
    const pfxFile = join(folder, 'tls.pfx')
    const openssl = (...words: string[]) => execFileSync('openssl', words, { stdio: 'pipe' })
    const pack = () =>
      openssl(
        'pkcs12',
        '-export',
        '-in',
        files.certFile,
        '-inkey',
        files.keyFile,
        '-out',
        pfxFile,
        '-passout',
        'pass:secret',
      )
    pack()
    const server = guarded()
    const port = await listen(server)
    const { reload, close } = follow(server, { pfxFile, passphrase: 'secret' })
    expect(await shown(port)).toBe('first')
    write(pairOf('second'))
    pack()
    await reload()
    expect(await shown(port)).toBe('second')
    close()
    const keyFile = join(folder, 'tls.enc')
    openssl('pkcs8', '-topk8', '-in', files.keyFile, '-out', keyFile, '-passout', 'pass:secret')
    const encrypted = guarded()
    follow(encrypted, { certFile: files.certFile, keyFile, passphrase: 'secret' })
    expect(await shown(await listen(encrypted))).toBe('second')
    const pair = { certFile: files.certFile, keyFile }
    for (const [options, code, says] of [
      [{ ...pair, passphrase: 'wrong' }, 'ERR_CONFIG_VALUE', `does not open ${keyFile}`],
      [pair, 'ERR_CONFIG_MISSING', keyFile],
      [{ pfxFile, passphrase: 'wrong' }, 'ERR_CONFIG_VALUE', `does not open ${pfxFile}`],
      [{ pfxFile }, 'ERR_CONFIG_MISSING', pfxFile],
    ] as const) {
      const another = guarded()
      onTestFinished(() => another.clientCertAuthenticator.close())
      expect(() => followServerCertificate(another, options)).toThrow(
        expect.objectContaining({ code, option: 'passphrase', message: expect.stringContaining(says) as string }),
      )
    }
  })

  test('for each host its own, and for hosts without one that of the server', async () => {
    const [own, ofA] = [filesIn(pairOf('first')), filesIn(pairOf('a1'))]
    const hosts = {
      'a.example': { trust, ...pairOf('a0') },
      'b.example': { trust },
      'named.example': { trust, sendCaNames: trust.pem },
    }
    const hostFiles = { 'a.example': ofA.files }
    const byUs = createServer({ ...identity, hosts })
    const completed = tlsOptions({ ...identity, hosts })
    for (const [server, more] of [
      [byUs, {}],
      [createHttpsServer(completed), { tls: completed }],
    ] as const) {
      const port = await listen(server)
      expect(await shown(port, 'a.example')).not.toBe('a1')
      const { reload, status } = follow(server, { ...own.files, hosts: hostFiles, ...more })
      const all = () =>
        Promise.all(['a.example', 'A.EXAMPLE.', 'b.example', 'named.example', 'x'].map((name) => shown(port, name)))
      expect(await all()).toEqual(['a1', 'a1', 'first', 'first', 'first'])
      ofA.write(pairOf('a2'))
      own.write(pairOf('second'))
      await reload()
      expect(await all()).toEqual(['a2', 'a2', 'second', 'second', 'second'])
      expect(status().map(({ name, error }) => [name, error])).toEqual([
        ['the certificate of the server', null],
        ['the certificate of a.example', null],
      ])
      ofA.write(pairOf('a1'))
      own.write(pairOf('first'))
    }
  })
})

describe('what cannot be used is not taken: the last good one stays, it is said, and what follows is taken', () => {
  test.each([
    [
      'a key of another certificate',
      () => ({ key: pairOf('second').key }),
      /keyFile: .*tls\.key, whose key .*tls\.crt/,
    ],
    [
      'a certificate of another key',
      () => ({ cert: pairOf('second').cert }),
      /keyFile: .*tls\.key, whose key .*tls\.crt/,
    ],
    [
      'a key of another type, which OpenSSL takes',
      () => ({ key: pairOf('second', 'rsa2048').key }),
      /keyFile: .*tls\.key, whose key .*tls\.crt/,
    ],
    [
      'a certificate of another type, which OpenSSL takes',
      () => ({ cert: pairOf('second', 'rsa2048').cert }),
      /keyFile: .*tls\.key, whose key .*tls\.crt/,
    ],
    ['half a key', () => ({ key: pairOf('second').key.slice(0, 80) }), /keyFile: .*tls\.key, which holds no whole/],
    [
      'half a certificate',
      () => ({ cert: pairOf('second').cert.slice(0, 200) }),
      /certFile: .*tls\.crt, which holds no/,
    ],
    [
      'half an issuer after it',
      () => ({ cert: pairOf('first').cert + servers.certificate.pem.slice(0, 200) }),
      /certFile: .*tls\.crt, which holds no/,
    ],
    ['nothing', () => ({ cert: '', key: '' }), /certFile: .*tls\.crt, which holds no/],
  ])('%s', async (_, broken, says) => {
    const { files, write } = filesIn(pairOf('first'))
    const server = guarded()
    const port = await listen(server)
    const told: unknown[] = []
    const listener = (message: unknown) => void told.push(message)
    subscribe('clientcert:source', listener)
    onTestFinished(() => void unsubscribe('clientcert:source', listener))
    const { reload, status, log } = follow(server, files)
    write(broken())
    await reload()
    expect(await shown(port)).toBe('first')
    expect(status()[0]?.error).toMatch(/^the certificate of the server could not be loaded: /)
    expect(status()[0]?.error).toMatch(says)
    expect(status()[0]?.error).toMatch(/ Write /)
    expect(log).not.toHaveLength(0)
    expect(log.join()).not.toMatch(/BEGIN|MII/)
    // Those who watch files may see it as well.
    expect(told.slice(0, 1)).toEqual([
      expect.objectContaining({
        source: 'the certificate of the server',
        error: expect.any(SourceError) as SourceError,
      }),
    ])
    write(pairOf('second'))
    await reload()
    expect(await shown(port)).toBe('second')
    expect(status()[0]?.error).toBeNull()
  })

  test('a file that is gone', async () => {
    const { files, folder } = filesIn(pairOf('first'))
    const server = guarded()
    const port = await listen(server)
    const { reload, status } = follow(server, files)
    rmSync(files.keyFile)
    await reload()
    expect(await shown(port)).toBe('first')
    expect(status()[0]?.error).toContain(`${files.keyFile} cannot be read: ENOENT`)
    expect(folder).toBeTruthy()
  })
})

describe('a file of certificates that is still being written is not taken, wherever it ends within a block', () => {
  const { fullChainPem: whole, privateKeyPem: key } = serverCertificate(servers.intermediate('Issuing'), {})
  const issuing = whole.indexOf('-----BEGIN', 1)

  test('though OpenSSL takes it, in the first line of the next block', () => {
    expect(issuing).toBeGreaterThan(0)
    for (const end of [issuing + 3, issuing + 14]) {
      expect(() => createSecureContext({ cert: whole.slice(0, end), key })).not.toThrow()
    }
  })

  test('by a server, which shows the whole chain on', async () => {
    const { files, write } = filesIn({ cert: whole, key })
    const server = guarded()
    const port = await listen(server)
    const { reload, status } = follow(server, files)
    const isVerified = () =>
      new Promise((resolve) => {
        const socket = connect({
          port,
          host: '127.0.0.1',
          ca: servers.certificate.pem,
          checkServerIdentity: () => undefined,
        })
        socket.on('secureConnect', () => resolve(socket.authorized)).on('error', () => resolve(false))
        socket.on('close', () => resolve(false))
        onTestFinished(() => void socket.destroy())
      })
    expect(await isVerified()).toBe(true)
    write({ cert: whole.slice(0, issuing + 14) })
    await reload()
    expect(await isVerified()).toBe(true)
    expect(status()[0]?.error).toMatch(/certFile: .*tls\.crt, which holds no whole .*line \d+ has part of a PEM marker/)
    write({ cert: `# of ours\r\n${whole.replaceAll('\n', '\r\n')}${key}` })
    await reload()
    expect(status()[0]?.error).toBeNull()
    expect(await isVerified()).toBe(true)
  })
})

describe('beside refuseInHandshake, trust stays', () => {
  test.each(['before', 'after', "by refuseAt: 'handshake'"])('%s', async (when) => {
    const { files, write } = filesIn(pairOf('first'))
    const server = guarded(when.startsWith('by') ? { refuseAt: 'handshake' } : {})
    const refuse = () =>
      void refuseInHandshake(server, server.clientCertAuthenticator, pairOf('theirs'), { crls: 'left-out' })
    if (when === 'before') refuse()
    const { reload } = follow(server, files)
    if (when === 'after') refuse()
    write(pairOf('second'))
    await reload()
    const port = await listen(server)
    const client = { cert: alice.fullChainPem, key: alice.privateKeyPem }
    expect(await shown(port, 'localhost', client)).toBe('second')
    expect((await knock(port, alice)).outcome).toBe(200)
    // Without `ca`, Node would trust every public authority, and with none of the trust nobody here.
    expect((await knock(port, stranger)).outcome).toBe('closed')
    expect((await knock(port, null)).outcome).toBe('closed')
  })
})

test('and after close() of the refusal: nobody is trusted whom it did not trust', async () => {
  const { files, write } = filesIn(pairOf('first'))
  const server = guarded({ refuseAt: 'handshake' })
  const { reload } = follow(server, files)
  const port = await listen(server)
  server.clientCertHandshake?.close()
  const trusted: unknown = Reflect.get(server, 'ca')
  write(pairOf('second'))
  await reload()
  const client = { cert: alice.fullChainPem, key: alice.privateKeyPem }
  expect(await shown(port, 'localhost', client)).toBe('second')
  expect((await knock(port, alice)).outcome).toBe(200)
  expect((await knock(port, stranger)).outcome).toBe('closed')
  // Of a public authority there is no client here; Node trusts them all where this is undefined.
  expect(trusted).toHaveLength(1)
  expect(Reflect.get(server, 'ca')).toEqual(trusted)
})

describe.each(['TLSv1.2', 'TLSv1.3'] as const)('a session of %s from before a change', (version) => {
  test.each([
    ['is not taken up, without ticket keys', {}, false],
    [
      'is taken up with ticket keys that stay, and its client verified again',
      { ticketKeys: Buffer.alloc(48, 3) },
      true,
    ],
  ])('%s', async (_, more, isResumed) => {
    const { files, write } = filesIn(pairOf('first'))
    const server = guarded({ minVersion: version, maxVersion: version, ...more })
    const port = await listen(server)
    const { reload } = follow(server, files)
    const first = await knock(port, alice)
    const unknown = await knock(port, stranger)
    expect([first.outcome, unknown.outcome]).toEqual([200, 401])
    write(pairOf('second'))
    await reload()
    expect(await knock(port, alice, { session: first.session })).toMatchObject({ outcome: 200, isResumed })
    expect(await knock(port, stranger, { session: unknown.session })).toMatchObject({ outcome: 401, isResumed })
  })

  test('is not taken up under ticket keys that were replaced since, and is under those of now', async () => {
    const { files, write } = filesIn(pairOf('first'))
    const server = guarded({ minVersion: version, maxVersion: version, ticketKeys: Buffer.alloc(48, 3) })
    const port = await listen(server)
    const old = await knock(port, alice)
    server.setTicketKeys(Buffer.alloc(48, 4))
    const { reload } = follow(server, files)
    const current = await knock(port, alice)
    write(pairOf('second'))
    await reload()
    expect(await knock(port, alice, { session: old.session })).toMatchObject({ outcome: 200, isResumed: false })
    expect(await knock(port, alice, { session: current.session })).toMatchObject({ outcome: 200, isResumed: true })
  })
})

test('after close(), and after the server has closed, nothing is followed', async () => {
  const { files, write } = filesIn(pairOf('first'))
  const server = guarded()
  const port = await listen(server)
  const { close, reload } = follow(server, files)
  close()
  write(pairOf('second'))
  await reload()
  expect(await shown(port)).toBe('first')
})

describe('is refused at construction', () => {
  const ourFile = fileURLToPath(import.meta.url)
  const { certFile, keyFile } = { certFile: '/nowhere/tls.crt', keyFile: '/nowhere/tls.key' }
  test.each<[string, object, string, ConfigurationError['code']]>([
    ['no file', {}, 'certFile', 'ERR_CONFIG_MISSING'],
    ['a certificate without its key', { certFile }, 'keyFile', 'ERR_CONFIG_MISSING'],
    ['both ways', { certFile, keyFile, pfxFile: 'x' }, 'pfxFile', 'ERR_CONFIG_VALUE'],
    ['a certificate that is not there', { certFile, keyFile }, 'certFile', 'ERR_CONFIG_VALUE'],
    ['a PFX that is not there', { pfxFile: '/nowhere/tls.pfx' }, 'pfxFile', 'ERR_CONFIG_VALUE'],
    ['a key that is no file', { certFile: ourFile, keyFile: '/' }, 'keyFile', 'ERR_CONFIG_VALUE'],
    ['a certificate that is none', { certFile: ourFile, keyFile: ourFile }, 'certFile', 'ERR_CONFIG_VALUE'],
    ['a PFX that is none', { pfxFile: ourFile }, 'pfxFile', 'ERR_CONFIG_VALUE'],
    ['an empty name', { certFile: '', keyFile }, 'certFile', 'ERR_CONFIG_TYPE'],
    ['an unknown option', { certFile, keyFile, cert: '' }, 'cert', 'ERR_CONFIG_UNKNOWN_OPTION'],
    ['what is known of the server', { certFile, keyFile, tls: {} }, 'tls', 'ERR_CONFIG_VALUE'],
    ['hosts that are none', { certFile, keyFile, hosts: 1 }, 'hosts', 'ERR_CONFIG_TYPE'],
    [
      'half the files of a host',
      { certFile, keyFile, hosts: { 'a.example': { keyFile } } },
      "hosts['a.example'].certFile",
      'ERR_CONFIG_MISSING',
    ],
    ['no host', { certFile, keyFile, hosts: {} }, 'hosts', 'ERR_CONFIG_VALUE'],
    ['a host without files', { certFile, keyFile, hosts: { a: null } }, "hosts['a']", 'ERR_CONFIG_TYPE'],
    [
      'a host by two spellings of its name',
      { certFile, keyFile, hosts: { 'a.example': { certFile, keyFile }, 'A.EXAMPLE': { certFile, keyFile } } },
      "hosts['A.EXAMPLE']",
      'ERR_CONFIG_VALUE',
    ],
    ['a logger that is none', { certFile, keyFile, logger: 1 }, 'logger', 'ERR_CONFIG_TYPE'],
  ])('%s', (_, options, option, code) => {
    const server = guarded()
    onTestFinished(() => server.clientCertAuthenticator.close())
    const start = () => followServerCertificate(server, options as FollowCertificateOptions)
    expect(start).toThrow(ConfigurationError)
    expect(start).toThrow(expect.objectContaining({ code, option }))
  })

  test.each<[string, object, object, string, ConfigurationError['code']]>([
    ['one as undefined', { minVersion: 'TLSv1.3' }, { minVersion: undefined }, 'tls.minVersion', 'ERR_CONFIG_MISSING'],
    ['a lower one', { minVersion: 'TLSv1.3' }, { minVersion: 'TLSv1.2' }, 'tls.minVersion', 'ERR_CONFIG_VALUE'],
    ['one that it does not have', {}, { ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' }, 'tls.ciphers', 'ERR_CONFIG_VALUE'],
    ['an order of ciphers by default', { honorCipherOrder: false }, {}, 'tls.honorCipherOrder', 'ERR_CONFIG_VALUE'],
    ['ticket keys', {}, { ticketKeys: Buffer.alloc(48) }, 'tls.ticketKeys', 'ERR_CONFIG_VALUE'],
    ['names of authorities', { sendCaNames: trust.pem }, { ca: ['other'] }, 'tls.ca', 'ERR_CONFIG_VALUE'],
  ])('options that contradict those of the server, which stays as it is: %s', async (_, made, tls, option, code) => {
    const { files } = filesIn(pairOf('first'))
    const completed = tlsOptions({ ...identity, ...made })
    const server = createHttpsServer(completed)
    const refused = expect.objectContaining({ code, option }) as object
    expect(() => followServerCertificate(server, { ...files, tls })).toThrow(refused)
    expect(await shown(await listen(server))).not.toBe('first')
    expect(() => follow(server, { ...files, tls: completed })).not.toThrow()
  })

  test('a server that is followed already, until that is closed', () => {
    const { files } = filesIn(pairOf('first'))
    const server = guarded()
    onTestFinished(() => server.clientCertAuthenticator.close())
    const { close } = follow(server, files)
    expect(() => followServerCertificate(server, files)).toThrow(
      expect.objectContaining({
        code: 'ERR_CONFIG_SERVER',
        message: expect.stringMatching(/followed already.*close\(\)/) as string,
      }),
    )
    close()
    expect(() => follow(server, files)).not.toThrow()
  })

  test('a host that the server does not know, and a server that is none of TLS', async () => {
    const { files } = filesIn(pairOf('first'))
    const one = guarded()
    const two = createServer({ ...identity, hosts: { 'a.example': { trust } } })
    for (const server of [one, two]) {
      onTestFinished(() => server.clientCertAuthenticator.close())
      expect(() => followServerCertificate(server, { ...files, hosts: { 'b.example': files } })).toThrow(
        expect.objectContaining({ code: 'ERR_CONFIG_VALUE', option: "hosts['b.example']" }),
      )
    }
    const { createServer: createPlain } = await import('node:http')
    expect(() => followServerCertificate(createPlain() as never, files)).toThrow(
      expect.objectContaining({ code: 'ERR_CONFIG_SERVER' }),
    )
  })
})
