import { connect } from 'node:net'
import { describe, expect, onTestFinished, test } from 'vitest'
import { findRedis, REDIS_MISSING, startRedis } from './redis.ts'
import { requireServer } from './requirement.ts'

/** Sends one inline command, and returns what came; null where nobody is there. */
function ask(port: number, command: string): Promise<string | null> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(`${command}\r\n`))
    socket.once('data', (chunk) => {
      socket.destroy()
      resolve(chunk.toString())
    })
    socket.once('error', () => resolve(null))
  })
}

test('says so when it does not start', async () => {
  await expect(startRedis('/bin/false')).rejects.toThrow('Redis did not start')
})

describe('a started Redis', () => {
  requireServer(findRedis(), REDIS_MISSING)

  test('answers until it is stopped, and comes back on the same port, empty', async () => {
    const redis = await startRedis(findRedis() ?? '')
    onTestFinished(redis.stop)
    expect(await ask(redis.port, 'SET a b')).toBe('+OK\r\n')
    expect(await ask(redis.port, 'GET a')).toBe('$1\r\nb\r\n')
    await redis.stop()
    expect(await ask(redis.port, 'PING')).toBeNull()
    await redis.start()
    expect(await ask(redis.port, 'GET a')).toBe('$-1\r\n')
  })

  test('frozen, it answers when it goes on', async () => {
    const redis = await startRedis(findRedis() ?? '')
    onTestFinished(redis.stop)
    redis.freeze()
    let hasAnswered = false
    const answer = ask(redis.port, 'PING').finally(() => {
      hasAnswered = true
    })
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect(hasAnswered).toBe(false)
    redis.resume()
    expect(await answer).toBe('+PONG\r\n')
  })
})
