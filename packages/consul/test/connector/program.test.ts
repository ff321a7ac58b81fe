/** The connector as a process of its own. */
import { type ChildProcess, spawn } from 'node:child_process'
import { createPrivateKey, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, readFileSync, realpathSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type ConsulAgent, type ConsulAgentOptions, startConsulAgent } from '@clientcert/testing'
import { describe, expect, onTestFinished, test } from 'vitest'
import { until } from '../fast.ts'

const MAIN = fileURLToPath(new URL('../../src/connector/main.ts', import.meta.url))

interface Line {
  readonly level: string
  readonly message: string
}

interface Program {
  readonly process: ChildProcess
  readonly lines: () => readonly Line[]
  readonly errors: () => string
  readonly end: () => Promise<number | null>
}

function start(argv: readonly string[], env: NodeJS.ProcessEnv): Program {
  const inherited = Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^_?(?:CONSUL|AMBASSADOR)_|^NODE_OPTIONS$/.test(name)),
  )
  const child = spawn(process.execPath, ['--import', 'tsx', '--conditions=@clientcert/source', MAIN, ...argv], {
    env: { ...inherited, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, errors]: [string[], string[]] = [[], []]
  child.stdout.setEncoding('utf8').on('data', (text: string) => out.push(text))
  child.stderr.setEncoding('utf8').on('data', (text: string) => errors.push(text))
  const exited = once(child, 'close')
  onTestFinished(async () => {
    child.kill('SIGKILL')
    await exited
  })
  return {
    process: child,
    lines: () =>
      out
        .join('')
        .split('\n')
        .slice(0, -1)
        .map((line) => JSON.parse(line) as Line),
    errors: () => errors.join(''),
    end: async () => {
      await exited
      return child.exitCode
    },
  }
}

async function startAgent(options: ConsulAgentOptions = {}): Promise<ConsulAgent> {
  const agent = await startConsulAgent({ at: new Date(), ...options })
  onTestFinished(() => agent.stop())
  return agent
}

function temporary(): string {
  const directory = mkdtempSync(join(tmpdir(), 'consul-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  return directory
}

const portOf = (agent: ConsulAgent): string => new URL(agent.url).port

/** One version of the files, as a reader of a mounted Secret takes it. */
function readPair(directory: string): { certificate: X509Certificate; chain: string; ca: string; key: string } {
  const version = realpathSync(join(directory, '..data'))
  const [chain, key, ca] = ['tls.crt', 'tls.key', 'ca.crt'].map((name) => readFileSync(join(version, name), 'utf8'))
  return { certificate: new X509Certificate(chain ?? ''), chain: chain ?? '', key: key ?? '', ca: ca ?? '' }
}

const isPair = ({ certificate, key }: ReturnType<typeof readPair>): boolean =>
  certificate.checkPrivateKey(createPrivateKey(key))

describe('the connector', { timeout: 60_000 }, () => {
  test('writes leaf and active root, key, and all roots; follows rotations; ends cleanly', async () => {
    const [agent, root] = [await startAgent(), temporary()]
    const program = start(['--directory', root], { _CONSUL_PORT: portOf(agent) })
    const directory = join(root, 'ambassador-consul-connect')
    await until(() => existsSync(join(directory, 'tls.crt')))
    const leaf = agent.leaf('ambassador')
    const first = readPair(directory)
    expect(first.chain).toBe(leaf.CertPEM + agent.roots()[0]?.RootCert)
    expect(first.key).toBe(leaf.PrivateKeyPEM)
    expect(first.ca).toBe(agent.roots()[0]?.RootCert)
    expect(first.certificate.subjectAltName).toContain('/svc/ambassador')

    let isOver = false
    let mismatches = 0
    const reading = (async () => {
      while (!isOver) {
        if (!isPair(readPair(directory))) mismatches++
        await new Promise((resolve) => void setImmediate(resolve))
      }
    })()
    for (let times = 0; times < 3; times++) {
      agent.rotateLeaves()
      await until(() => readPair(directory).chain.startsWith(agent.leaf('ambassador').CertPEM))
    }
    agent.rotateRoot()
    const active = agent.roots()[1]?.RootCert ?? '-'
    await until(() => readPair(directory).chain === agent.leaf('ambassador').CertPEM + active)
    isOver = true
    await reading
    expect(mismatches).toBe(0)
    expect(readPair(directory).ca).toBe(active + agent.roots()[0]?.RootCert)

    program.process.kill('SIGTERM')
    expect(await program.end()).toBe(0)
    expect(program.lines().at(-1)).toMatchObject({ level: 'info', message: 'SIGTERM: ended; what was written stays' })
    expect(program.errors()).toBe('')
    expect(isPair(readPair(directory))).toBe(true)
    expect(readdirSync(directory)).not.toContain('..lock')
  })

  test('beside another does not collide; one of the same name ends with the fix', async () => {
    const [agent, root] = [await startAgent(), temporary()]
    const env = { _CONSUL_PORT: portOf(agent) }
    start(['--directory', root], env)
    start(['--directory', root], { ...env, _AMBASSADOR_ID: 'edge' })
    start(['--directory', root], { ...env, _AMBASSADOR_ID: 'edge', _AMBASSADOR_TLS_SECRET_NAMESPACE: 'other' })
    const places = [
      'ambassador-consul-connect',
      'ambassador-edge-consul-connect',
      'other/ambassador-edge-consul-connect',
    ]
    await until(() => places.every((place) => existsSync(join(root, place, 'tls.crt'))))
    const names = places.map((place) => readPair(join(root, place)).certificate.subjectAltName)
    expect(names.map((name) => name?.split('/').at(-1))).toEqual(['ambassador', 'ambassador-edge', 'ambassador-edge'])

    const same = start(['--directory', root], env)
    expect(await same.end()).toBe(1)
    expect(same.lines().at(-1)).toMatchObject({ level: 'error' })
    expect(same.lines().at(-1)?.message).toContain('Give each its own _AMBASSADOR_ID')
  })

  test('that was killed leaves the last good, and the next one goes on with it', async () => {
    const [agent, root] = [await startAgent(), temporary()]
    const env = { _CONSUL_PORT: portOf(agent) }
    const directory = join(root, 'ambassador-consul-connect')
    const killed = start(['--directory', root], env)
    await until(() => existsSync(join(directory, 'tls.crt')))
    killed.process.kill('SIGKILL')
    await killed.end()
    expect(isPair(readPair(directory))).toBe(true)
    agent.rotateLeaves()
    start(['--directory', root], env)
    await until(() => readPair(directory).chain.startsWith(agent.leaf('ambassador').CertPEM))
  })

  test('keeps what is written while the agent is away, says so, and goes on when it is back', async () => {
    const [agent, root] = [await startAgent({ tokens: { good: '*' } }), temporary()]
    const directory = join(root, 'ambassador-consul-connect')
    const program = start(['--directory', root], { _CONSUL_PORT: portOf(agent), CONSUL_HTTP_TOKEN: 'good' })
    await until(() => existsSync(join(directory, 'tls.crt')))
    const before = readPair(directory).chain
    await agent.stop()
    await until(() =>
      program.lines().some(({ level, message }) => level === 'warn' && message.includes('ECONNREFUSED')),
    )
    expect(readPair(directory).chain).toBe(before)
    agent.rotateLeaves()
    await agent.start()
    await until(() => readPair(directory).chain !== before)
    expect(program.lines().every((line) => !JSON.stringify(line).includes('good'))).toBe(true)
    program.process.kill('SIGINT')
    expect(await program.end()).toBe(0)
  })

  test.each([
    [['--directory', '/nowhere'], { AMBASSADOR_ID: 'edge' }, 'Set _AMBASSADOR_ID to the same id'],
    [[], {}, '--directory is missing'],
    [['--directory', '/nowhere'], { CONSUL_HTTP_TOKEN: 'a b' }, 'CONSUL_HTTP_TOKEN: has characters that no token has'],
  ])('is not started by %j and %j', async (argv, env, message) => {
    const program = start(argv, env)
    expect(await program.end()).toBe(2)
    expect(program.errors()).toContain(message)
    expect(program.errors()).not.toContain('    at ')
    expect(program.lines()).toEqual([])
  })
})
