/** The real Redis, on a free port of the loopback, in memory alone. Stopped and started again on the same port, it comes back empty. */
import { type ChildProcess, spawn } from 'node:child_process'
import { accepting, ended, findProgram, freePorts } from './program.ts'

export type Redis = Readonly<{
  /** As clients take it. */
  url: string
  port: number
  /** Ends it; whoever is connected notices. */
  stop: () => Promise<void>
  /** Starts it again, on the same port. */
  start: () => Promise<void>
  /** Keeps it from answering, with its connections open; `resume` lets it go on. */
  freeze: () => void
  resume: () => void
}>

/** What to do where there is none. */
export const REDIS_MISSING = 'redis-server is not installed: npm run setup:servers (Debian, as root) installs it'

export const findRedis = (): string | null => findProgram('redis-server')

/**
 * Starts Redis, and resolves when it accepts connections.
 *
 * @param program - Of {@link findRedis}.
 * @throws {Error} If it does not start.
 */
export async function startRedis(program: string): Promise<Redis> {
  const { redis: port } = await freePorts(['redis'])
  let child: ChildProcess | null = null
  // Whatever ends this process ends Redis: nothing stays behind.
  const kill = () => child?.kill('SIGKILL')

  const start = async () => {
    child = spawn(program, ['--port', `${port}`, '--bind', '127.0.0.1', '--save', '', '--appendonly', 'no'], {
      stdio: 'ignore',
    })
    process.once('exit', kill)
    try {
      await accepting(port, child)
    } catch (cause) {
      await stop()
      throw new Error('Redis did not start', { cause })
    }
  }
  const stop = async () => {
    const running = child
    child = null
    process.off('exit', kill)
    if (running === null) return
    running.kill('SIGCONT')
    await ended(running)
  }

  await start()
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    start,
    stop,
    freeze: () => void child?.kill('SIGSTOP'),
    resume: () => void child?.kill('SIGCONT'),
  }
}
