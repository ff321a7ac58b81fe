/**
 * The real nginx, configured as NGINX Ingress does it, on free ports of the loopback and in a folder of its own.
 *
 * One process without workers: it ends when it is told to, and reads files that only this user may read.
 */
import { type ChildProcess, spawn } from 'node:child_process'
import { accessSync, constants, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { type NginxServer, nginxConfiguration } from './nginx-configuration.ts'

export type Nginx<Name extends string> = Readonly<{
  /** Such as `1.22.1`. */
  version: string
  ports: Readonly<Record<Name, number>>
  /** What it wrote to its error log. */
  errors: () => string
  stop: () => Promise<void>
}>

/** What to do where there is none. */
export const NGINX_MISSING = 'nginx is not installed: npm run setup:servers (Debian, as root) installs it'

const STARTS_WITHIN_MS = 10_000

/** Finds nginx in PATH, or where distributions put what not every user has in PATH; null where there is none. */
export function findNginx(): string | null {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']
  return folders.map((folder) => join(folder, 'nginx')).find(isExecutable) ?? null
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}

/**
 * Starts nginx with one server block for each name, and resolves when every port accepts connections.
 *
 * @param program - Of {@link findNginx}.
 * @throws {Error} With nginx's own words, if it does not start.
 */
export async function startNginx<Name extends string>(
  program: string,
  servers: Readonly<Record<Name, NginxServer>>,
): Promise<Nginx<Name>> {
  const folder = mkdtempSync(join(tmpdir(), 'clientcert-nginx-'))
  const names = Object.keys(servers) as Name[]
  const ports = await freePorts(names)
  const { fullChainPem, privateKeyPem } = serverCertificate(createAuthority('nginx Server CA'))
  writeFileSync(join(folder, 'server.pem'), fullChainPem)
  writeFileSync(join(folder, 'server.key'), privateKeyPem)
  writeFileSync(join(folder, 'nginx.conf'), nginxConfiguration(folder, servers, ports))

  const child = spawn(program, ['-p', folder, '-e', 'error.log', '-c', 'nginx.conf'], { stdio: 'ignore' })
  const remove = () => rmSync(folder, { recursive: true, force: true })
  // Whatever ends this process ends nginx: nothing stays behind.
  const kill = () => {
    child.kill('SIGKILL')
    remove()
  }
  process.once('exit', kill)
  const errors = () => readIfThere(join(folder, 'error.log'))
  const stop = async () => {
    await ended(child)
    process.off('exit', kill)
    remove()
  }
  try {
    for (const name of names) await accepting(ports[name], child)
  } catch (cause) {
    const words = errors()
    await stop()
    throw new Error(`nginx did not start: ${words}`, { cause })
  }
  return { version: await versionOf(program), ports, errors, stop }
}

async function freePorts<Name extends string>(names: readonly Name[]): Promise<Record<Name, number>> {
  // All are held at once before any is let go of, or two names could get the same.
  const held = await Promise.all(names.map(() => listeningAnywhere()))
  const ports = Object.fromEntries(names.map((name, index) => [name, held[index]?.port ?? 0]))
  await Promise.all(held.map(({ close }) => close()))
  return ports as Record<Name, number>
}

async function listeningAnywhere(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' && address !== null ? address.port : 0
  return { port, close: () => new Promise((resolve) => server.close(() => resolve())) }
}

async function accepting(port: number, child: ChildProcess): Promise<void> {
  const deadline = Date.now() + STARTS_WITHIN_MS
  while (Date.now() < deadline) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}`)
    if (await accepts(port)) return
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`nobody accepts connections on port ${port} after ${STARTS_WITHIN_MS} ms`)
}

function accepts(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1')
    socket.once('connect', () => resolve(true))
    socket.once('error', () => resolve(false))
    socket.once('connect', () => socket.destroy())
  })
}

async function ended(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = new Promise<void>((resolve) => void child.once('exit', () => resolve()))
  child.kill('SIGTERM')
  const stubborn = setTimeout(() => child.kill('SIGKILL'), 5_000)
  await exit
  clearTimeout(stubborn)
}

async function versionOf(program: string): Promise<string> {
  const child = spawn(program, ['-v'], { stdio: ['ignore', 'ignore', 'pipe'] })
  let text = ''
  child.stderr.on('data', (chunk: Buffer) => {
    text += chunk.toString()
  })
  await new Promise((resolve) => child.once('close', resolve))
  return /nginx\/(\S+)/.exec(text)?.[1] ?? 'unknown'
}

function readIfThere(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
