import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '@clientcert/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { APACHE, startApache } from './apache.ts'
import { CADDY, startCaddy } from './caddy.ts'
import { HAPROXY, startHaproxy } from './haproxy.ts'
import { findNginx, NGINX, startNginx } from './nginx.ts'
import { requireServer } from './requirement.ts'
import { findServer, missing } from './server.ts'

const clientCa = createAuthority().certificate.pem
const block = { clientCa, upstreamPort: 9 }
const nginxBlock = { verifyClient: 'on', clientCa, upstream: { protocol: 'http', port: 9 } } as const

/** Each with what it says at start, or at the first connection. */
const SERVERS = [
  { program: NGINX, says: 'nginx/', start: (path: string) => startNginx(path, { one: nginxBlock, two: nginxBlock }) },
  {
    program: HAPROXY,
    says: 'Connection closed',
    start: (path: string) =>
      startHaproxy(path, { one: { ...block, mode: 'required' }, two: { ...block, mode: 'optional' } }),
  },
  {
    program: APACHE,
    says: 'mod_ssl/',
    start: (path: string) =>
      startApache(path, { one: { ...block, mode: 'require' }, two: { ...block, mode: 'optional' } }),
  },
  {
    program: CADDY,
    says: 'config_adapter',
    start: (path: string) =>
      startCaddy(path, { one: { ...block, mode: 'request' }, two: { ...block, mode: 'require' } }),
  },
] as const

/** A folder for temporary files that only this test uses; what is left in it when all is over. */
function ownTemporaryFolder(): { folder: string; left: () => string[] } {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-own-'))
  vi.stubEnv('TMPDIR', folder)
  onTestFinished(() => {
    vi.unstubAllEnvs()
    rmSync(folder, { recursive: true })
  })
  return { folder, left: () => readdirSync(folder) }
}

function isAccepted(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

test('finds a program in PATH, where it is executable', () => {
  const { folder } = ownTemporaryFolder()
  vi.stubEnv('PATH', folder)
  const program = join(folder, 'nginx')
  writeFileSync(program, '', { mode: 0o644 })
  expect(findNginx()).not.toBe(program)
  rmSync(program)
  writeFileSync(program, '', { mode: 0o755 })
  expect(findNginx()).toBe(program)
})

describe.each(SERVERS)('$program.title', ({ program, says, start }) => {
  test('says so when it does not start, and leaves no folder behind', async () => {
    const { left } = ownTemporaryFolder()
    await expect(start('/bin/false')).rejects.toThrow(`${program.title} did not start`)
    expect(left()).toEqual([])
  })

  test('that is no program at all is said to be none', async () => {
    const { left } = ownTemporaryFolder()
    await expect(start('/nonexistent')).rejects.toThrow('ENOENT')
    expect(left()).toEqual([])
  })

  describe('started', () => {
    requireServer(findServer(program), missing(program))

    test('listens until it is stopped, and leaves neither process nor folder behind', async () => {
      const { left } = ownTemporaryFolder()
      const { ports, version, errors, stop } = await start(findServer(program) ?? '')
      // Also where an expectation below fails: the run may be ended by a signal, at which nobody is asked to clean up.
      onTestFinished(stop)
      expect(version).toMatch(/^\d+\.\d+/)
      await vi.waitFor(() => expect(errors()).toContain(says))
      expect(ports.one).not.toBe(ports.two)
      expect([await isAccepted(ports.one), await isAccepted(ports.two)]).toEqual([true, true])
      await stop()
      expect([await isAccepted(ports.one), await isAccepted(ports.two)]).toEqual([false, false])
      expect(left()).toEqual([])
    })
  })
})

describe('a started server', () => {
  requireServer(findNginx(), missing(NGINX))

  test('ends with the process that started it', async () => {
    const { left } = ownTemporaryFolder()
    const program = `
      const { startNginx } = await import('./test/servers/nginx.ts')
      const block = ${JSON.stringify(nginxBlock)}
      const { ports } = await startNginx(${JSON.stringify(findNginx())}, { one: block })
      console.log(ports.one)
      process.exit(3)
    `
    const { status, stdout } = spawnSync(
      process.execPath,
      ['--import', 'tsx', '--conditions=@clientcert/source', '--input-type=module', '-e', program],
      { encoding: 'utf8' },
    )
    expect(status).toBe(3)
    expect(await isAccepted(Number(stdout))).toBe(false)
    // tsx keeps what it compiled there.
    expect(left().filter((name) => name.startsWith('clientcert-'))).toEqual([])
  })
})
