import { mkdtempSync, rmSync } from 'node:fs'
import { Agent, request as requestOverHttp } from 'node:http'
import { Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, join, relative } from 'node:path'
import '@clientcert/testing/vitest'
import { describe, expect, onTestFinished, test } from 'vitest'
import { alice, behindNginx, linesFor, ruleOf } from '../behind-nginx.ts'
import { requestOverH2c, requestPlainly, serve } from '../serving.ts'

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-gate-'))
  onTestFinished(() => rmSync(folder, { recursive: true }))
  return folder
}

describe('onlyFrom.unixSocket', () => {
  test('passes what came to that socket, and nothing else of the same application', async () => {
    const path = join(temporaryFolder(), 'app.sock')
    const authenticator = behindNginx({ unixSocket: path })
    const unix = await serve('http', authenticator, { path })
    await requestPlainly({ socketPath: path }, linesFor(alice))
    expect(unix.last().decision).toBeAccepted()

    const tcp = await serve('http', authenticator)
    await requestPlainly({ port: tcp.port }, linesFor(alice))
    expect(ruleOf(tcp.last().decision)).toBe('unixSocket')

    const other = `${path}.other`
    const otherUnix = await serve('http', authenticator, { path: other })
    await requestPlainly({ socketPath: other }, linesFor(alice))
    expect(ruleOf(otherUnix.last().decision)).toBe('unixSocket')
  })

  test('is the same socket by a relative path, of the option or of the server', async () => {
    const folder = temporaryFolder()
    const seenFromHere = (path: string) => relative(process.cwd(), path)
    const pairs: readonly (readonly [(path: string) => string, (path: string) => string])[] = [
      [(path: string) => path, seenFromHere],
      [seenFromHere, (path: string) => path],
      [seenFromHere, seenFromHere],
      [(path: string) => `${folder}/./x/../${basename(path)}`, seenFromHere],
    ]
    for (const [index, [option, listening]] of pairs.entries()) {
      const path = join(folder, `${index}.sock`)
      const { last } = await serve('http', behindNginx({ unixSocket: option(path) }), { path: listening(path) })
      await requestPlainly({ socketPath: path }, linesFor(alice))
      expect(last().decision).toBeAccepted()
    }
    const path = join(folder, 'app.sock')
    const { last } = await serve('http', behindNginx({ unixSocket: 'app.sock' }), { path })
    await requestPlainly({ socketPath: path }, linesFor(alice))
    expect(ruleOf(last().decision)).toBe('unixSocket')
  })

  test.skipIf(process.platform !== 'linux')('may be an abstract name, which is no path (unix(7))', async () => {
    const name = `\0clientcert-${process.pid}-${Date.now()}`
    const { last } = await serve('http', behindNginx({ unixSocket: name }), { path: name })
    await requestPlainly({ socketPath: name }, linesFor(alice))
    expect(last().decision).toBeAccepted()
    const other = await serve('http', behindNginx({ unixSocket: name.slice(1) }), { path: `${name}.other` })
    await requestPlainly({ socketPath: `${name}.other` }, linesFor(alice))
    expect(ruleOf(other.last().decision)).toBe('unixSocket')
  })

  test('does not take a TCP connection without an address for one', async () => {
    const authenticator = behindNginx({ unixSocket: '/run/app.sock' })
    const { port, last } = await serve('http', (request) => {
      request.socket.destroy()
      return authenticator.authenticate(request)
    })
    await expect(requestPlainly({ port }, linesFor(alice))).rejects.toThrow()
    expect(ruleOf(last().decision)).toBe('unixSocket')
  })

  test('passes a connection that outlives the listening of its server', async () => {
    const path = join(temporaryFolder(), 'app.sock')
    const { server, last } = await serve('http', behindNginx({ unixSocket: path }), { path })
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    onTestFinished(() => agent.destroy())
    const ask = () =>
      new Promise<void>((resolve, reject) => {
        const headers = ['Host', 'localhost', ...linesFor(alice).flat()]
        const sent = requestOverHttp({ socketPath: path, agent, headers }, (response) =>
          response.resume().on('end', resolve),
        )
        sent.on('error', reject).end()
      })
    await ask()
    // Not the method of http's server, which ends idle connections as well.
    const { close } = Server.prototype as { close: (this: Server) => Server }
    close.call(server)
    await ask()
    expect(last().decision).toBeAccepted()
  })

  test('is asked of the server under HTTP/2 as well', async () => {
    const path = join(temporaryFolder(), 'app.sock')
    const authenticator = behindNginx({ unixSocket: path })
    const unix = await serve('h2c', authenticator, { path })
    await requestOverH2c({ path }, linesFor(alice))
    expect(unix.last().decision).toBeAccepted()
    const tcp = await serve('h2c', authenticator)
    await requestOverH2c({ port: tcp.port }, linesFor(alice))
    expect(ruleOf(tcp.last().decision)).toBe('unixSocket')
  })
})
