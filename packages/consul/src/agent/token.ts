import { open } from 'node:fs/promises'
import { consulError } from '../consul-error.ts'

/** What a header can carry, and nothing that would end it. Consul's own are UUIDs; those of a JWT login are not longer than this. */
export const TOKEN = /^[!-~]{1,4096}$/

const MAX_FILE_BYTES = 8_192

/** Gives the token for a request; null for none. */
export type ReadToken = () => Promise<string | null>

/**
 * Creates what reads the token from a file, anew for each request: whoever logs in for us (Vault's agent, `consul login`) replaces the file.
 *
 * @throws {ConsulError} `ERR_CONSUL_TOKEN`, from what it returns.
 */
export const tokenFromFile =
  (file: string): ReadToken =>
  async () => {
    let text: string
    try {
      text = (await readStart(file)).trim()
    } catch (cause) {
      throw consulError('ERR_CONSUL_TOKEN', { file, problem: `cannot be read (${codeOf(cause)})` }, cause)
    }
    if (TOKEN.test(text)) return text
    const problem = text === '' ? 'is empty' : 'holds something else than one token'
    throw consulError('ERR_CONSUL_TOKEN', { file, problem })
  }

/** One octet more than may be, so that a longer one is none. A path that never ends is read no further. */
async function readStart(file: string): Promise<string> {
  const handle = await open(file, 'r')
  try {
    const buffer = Buffer.alloc(MAX_FILE_BYTES)
    const { bytesRead } = await handle.read(buffer, 0, MAX_FILE_BYTES, 0)
    return buffer.toString('latin1', 0, bytesRead)
  } finally {
    await handle.close()
  }
}

const codeOf = (error: unknown): string => {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' ? code : 'no code'
}
