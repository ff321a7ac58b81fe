import { spawnSync } from 'node:child_process'
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority } from '@clientcert/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { findNginx, NGINX_MISSING, startNginx } from './nginx.ts'
import { requireServer } from './requirement.ts'

const block = {
  verifyClient: 'on',
  clientCa: createAuthority().certificate.pem,
  upstream: { protocol: 'http', port: 9 },
} as const

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

test('finds nginx in PATH, where it is executable', () => {
  const { folder } = ownTemporaryFolder()
  vi.stubEnv('PATH', folder)
  const program = join(folder, 'nginx')
  writeFileSync(program, '', { mode: 0o644 })
  expect(findNginx()).not.toBe(program)
  rmSync(program)
  writeFileSync(program, '', { mode: 0o755 })
  expect(findNginx()).toBe(program)
})

test('says so when it does not start, and leaves no folder behind', async () => {
  const { left } = ownTemporaryFolder()
  await expect(startNginx('/bin/false', { one: block })).rejects.toThrow('nginx did not start')
  expect(left()).toEqual([])
})

describe('a started nginx', () => {
  requireServer(findNginx(), NGINX_MISSING)

  test('listens until it is stopped, and leaves neither process nor folder behind', async () => {
    const { left } = ownTemporaryFolder()
    const { ports, version, errors, stop } = await startNginx(findNginx() ?? '', { one: block, two: block })
    expect(version).toMatch(/^\d+\.\d+/)
    expect(errors()).toContain('nginx/')
    expect(ports.one).not.toBe(ports.two)
    expect([await isAccepted(ports.one), await isAccepted(ports.two)]).toEqual([true, true])
    await stop()
    expect([await isAccepted(ports.one), await isAccepted(ports.two)]).toEqual([false, false])
    expect(left()).toEqual([])
  })

  test('ends with the process that started it', async () => {
    const { left } = ownTemporaryFolder()
    const program = `
      const { startNginx } = await import('./test/servers/nginx.ts')
      const block = ${JSON.stringify(block)}
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
