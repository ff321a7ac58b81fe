/**
 * The real nginx, configured as NGINX Ingress does it, on free ports of the loopback and in a folder of its own.
 *
 * One process without workers: it ends when it is told to, and reads files that only this user may read.
 */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { type NginxServer, nginxConfiguration } from './nginx-configuration.ts'
import { accepting, ended, findProgram, freePorts } from './program.ts'

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

/** Finds nginx in PATH, or where distributions put what not every user has in PATH; null where there is none. */
export const findNginx = (): string | null => findProgram('nginx')

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
