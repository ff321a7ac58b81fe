/** A real server program, in a folder and on ports of its own, for the length of a test. */
import { spawn, spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuthority, serverCertificate } from '@clientcert/testing'
import { accepting, ended, findProgram, freePorts } from './program.ts'

/** What there is to know of a program before it is started. */
export type ServerProgram = Readonly<{
  /** As people write it. */
  title: string
  /** As it is started, in the foreground and as one process, so that it ends when it is told to. */
  executable: string
  /** By which it says its version, and where in those words it stands. */
  version: Readonly<{ argument: string; pattern: RegExp }>
  /** Starts it in the folder with the configuration, which stands in the file of that name. */
  arguments: (folder: string, configuration: string) => readonly string[]
}>

/** Where a program runs. The folder has `server.pem` and `server.key` for `localhost`, and both in `server.both.pem`. */
export type Place<Name extends string> = Readonly<{
  folder: string
  /** Free ports of the loopback. */
  ports: Readonly<Record<Name, number>>
}>

export type RunningServer<Name extends string> = Place<Name> &
  Readonly<{
    /** Such as `1.22.1`. */
    version: string
    /** What it wrote to its error log. */
    errors: () => string
    stop: () => Promise<void>
  }>

/** Finds it in PATH, or where distributions put what not every user has in PATH; null where it is not. */
export const findServer = ({ executable }: ServerProgram): string | null => findProgram(executable)

/** What to do where it is not. */
export const missing = ({ executable }: ServerProgram): string =>
  `${executable} is not installed: npm run setup:servers (Debian, as root) installs it`

/**
 * Starts a program with a port for each name, and resolves when every port accepts connections.
 *
 * @param path - Of {@link findServer}.
 * @param configure - Returns the configuration, and writes the files that it names into the folder.
 * @throws {Error} With the program's own words, if it does not start.
 */
export async function startServer<Name extends string>(
  program: ServerProgram,
  path: string,
  names: readonly Name[],
  configure: (place: Place<Name>) => string,
): Promise<RunningServer<Name>> {
  const folder = mkdtempSync(join(tmpdir(), `clientcert-${program.executable}-`))
  const log = join(folder, 'errors.log')
  const ports = await freePorts(names)
  writeServerCertificate(folder)
  writeFileSync(join(folder, 'configuration'), configure({ folder, ports }))

  const output = openSync(log, 'w')
  // Whatever it keeps by itself, it keeps here: Caddy asks for these.
  const environment = { ...process.env, HOME: folder, XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder }
  const child = spawn(path, program.arguments(folder, 'configuration'), {
    cwd: folder,
    env: environment,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  const remove = () => rmSync(folder, { recursive: true, force: true })
  // Whatever ends this process ends the program: nothing stays behind.
  const kill = () => {
    child.kill('SIGKILL')
    remove()
  }
  process.once('exit', kill)
  const errors = () => readFileSync(log, 'utf8')
  const stop = async () => {
    await ended(child)
    process.off('exit', kill)
    remove()
  }
  const failing = new Promise<never>((_, reject) => void child.once('error', reject))
  try {
    for (const name of names) await Promise.race([accepting(ports[name], child), failing])
  } catch (cause) {
    const words = errors()
    await stop()
    throw new Error(`${program.title} did not start: ${words || String(cause)}`, { cause })
  }
  return { folder, ports, version: versionOf(program, path), errors, stop }
}

function writeServerCertificate(folder: string): void {
  const { fullChainPem, privateKeyPem } = serverCertificate(createAuthority('Proxy Server CA'))
  writeFileSync(join(folder, 'server.pem'), fullChainPem)
  writeFileSync(join(folder, 'server.key'), privateKeyPem)
  writeFileSync(join(folder, 'server.both.pem'), fullChainPem + privateKeyPem)
}

function versionOf({ version: { argument, pattern } }: ServerProgram, path: string): string {
  const { stdout, stderr } = spawnSync(path, [argument], { encoding: 'utf8' })
  return pattern.exec(stdout + stderr)?.[1] ?? 'unknown'
}
