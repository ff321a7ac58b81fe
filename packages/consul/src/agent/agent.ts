/** One request to the agent and its answer, bounded in time and size. */
import { request as httpRequest, type IncomingMessage, type RequestOptions } from 'node:http'
import { type Agent as HttpsAgent, request as httpsRequest } from 'node:https'
import { escapeHostile } from '@clientcert/core'
import { ConsulError, consulError } from '../consul-error.ts'
import type { AgentAddress } from './address.ts'
import type { ReadToken } from './token.ts'

/** Ten roots with chains of RSA-4096 are 100 kB. */
export const MAX_ANSWER_BYTES = 1_048_576

/** Of an error that the agent states: enough for its sentence. */
const MAX_ERROR_BYTES = 2_048
const MAX_SHOWN_ERROR = 200

export interface AgentRequest {
  readonly method: 'GET' | 'POST'
  /** Encoded. */
  readonly path: string
  readonly query: URLSearchParams
  /** JSON. */
  readonly body?: string
  readonly timeoutMs: number
  /** Whether the process stays for it. What waits for minutes for a change does not hold it. */
  readonly holds: 'process' | 'nothing'
}

export interface AgentAnswer {
  readonly json: unknown
  /** `X-Consul-Index`, as it came. */
  readonly index: string | undefined
  /** Says that the answer is not of the documented form. */
  readonly refuse: (problem: string) => ConsulError
}

export interface ConsulAgentClient {
  /** Where it is, for people. */
  readonly name: string
  /** @throws {ConsulError} For everything but 200 with JSON. */
  readonly ask: (request: AgentRequest, signal: AbortSignal) => Promise<AgentAnswer>
}

export interface AgentSettings {
  readonly address: AgentAddress
  readonly readToken: ReadToken
  /** For https; null for one of Node's with its own authorities. */
  readonly httpsAgent: HttpsAgent | null
}

/**
 * Creates what asks the agent. Each request has a connection of its own: over one that was kept, an agent that restarted would be a failure that is none.
 *
 * Does not follow redirects, decompress, or retry.
 */
export function createAgentClient({ address, readToken, httpsAgent }: AgentSettings): ConsulAgentClient {
  const { name } = address
  return {
    name,
    ask: async (request, signal) => {
      const at = { agent: name, path: request.path }
      const token = await readToken()
      signal.throwIfAborted()
      const ending = new AbortController()
      const end = () => ending.abort()
      let isLate = false
      const timer = setTimeout(() => {
        isLate = true
        end()
      }, request.timeoutMs)
      if (request.holds === 'nothing') timer.unref()
      signal.addEventListener('abort', end)
      try {
        const response = await send(request, token, ending.signal)
        return await readAnswer(response, at, token)
      } catch (cause) {
        if (isLate) throw consulError('ERR_CONSUL_TIMEOUT', { ...at, timeoutMs: request.timeoutMs })
        throw cause instanceof ConsulError
          ? cause
          : consulError('ERR_CONSUL_UNREACHABLE', { ...at, reason: codeOf(cause) })
      } finally {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        end() // Whatever of the answer was not read is not wanted.
      }
    },
  }

  function send(asked: AgentRequest, token: string | null, signal: AbortSignal): Promise<IncomingMessage> {
    const { method, path, query, body, holds } = asked
    const search = query.size === 0 ? '' : `?${query}`
    const options: RequestOptions = {
      ...targetOf(address),
      agent: false,
      method,
      path: `${path}${search}`,
      headers: {
        accept: 'application/json',
        'accept-encoding': 'identity',
        'user-agent': 'clientcert',
        ...(token === null ? {} : { 'x-consul-token': token }),
        ...(body === undefined
          ? {}
          : { 'content-type': 'application/json', 'content-length': Buffer.byteLength(body) }),
      },
      signal,
    }
    const sending = address.scheme === 'https' ? httpsRequest(tlsOptions(options, httpsAgent)) : httpRequest(options)
    if (holds === 'nothing') sending.on('socket', (socket) => socket.unref())
    return new Promise((resolve, reject) => {
      sending.on('error', reject)
      sending.on('response', resolve)
      sending.on('upgrade', (response, socket) => {
        socket.destroy()
        resolve(response)
      })
      sending.on('close', () => reject(new Error('closed without an answer')))
      sending.end(body)
    })
  }
}

const targetOf = (address: AgentAddress): RequestOptions =>
  address.kind === 'unix'
    ? { socketPath: address.socketPath, host: 'localhost' }
    : { host: address.host, port: address.port }

/** NODE_TLS_REJECT_UNAUTHORIZED changes a default, and this is none. An agent that was given says for itself whom it trusts. */
const tlsOptions = (
  options: RequestOptions,
  agent: HttpsAgent | null,
): RequestOptions & { rejectUnauthorized?: true } =>
  agent === null ? { ...options, rejectUnauthorized: true } : { ...options, agent }

async function readAnswer(
  response: IncomingMessage,
  at: { readonly agent: string; readonly path: string },
  token: string | null,
): Promise<AgentAnswer> {
  const { statusCode: status = 0, headers } = response
  if (status !== 200) {
    const says = shownText((await readUpTo(response, MAX_ERROR_BYTES)).octets, token)
    throw status === 403
      ? consulError('ERR_CONSUL_FORBIDDEN', { ...at, says })
      : consulError('ERR_CONSUL_STATUS', { ...at, status, says })
  }
  const refuse = (problem: string) => consulError('ERR_CONSUL_ANSWER', { ...at, problem })
  const coding = headers['content-encoding']
  if (coding !== undefined && coding !== 'identity') throw refuse('it is compressed, which nobody asked for')
  const { octets, isWhole } = await readUpTo(response, MAX_ANSWER_BYTES)
  if (!isWhole) throw consulError('ERR_CONSUL_TOO_LARGE', { ...at, maxBytes: MAX_ANSWER_BYTES })
  const index = headers['x-consul-index']
  return { json: parseJson(octets, refuse), index: Array.isArray(index) ? index.join(', ') : index, refuse }
}

/** Counted as it comes: a server may say less than it sends. Node rejects a body that ends before its announced length. */
async function readUpTo(response: IncomingMessage, maxBytes: number): Promise<{ octets: Buffer; isWhole: boolean }> {
  const chunks: Uint8Array[] = []
  let length = 0
  for await (const chunk of response as AsyncIterable<Uint8Array>) {
    length += chunk.length
    chunks.push(chunk)
    if (length > maxBytes) return { octets: Buffer.concat(chunks).subarray(0, maxBytes), isWhole: false }
  }
  return { octets: Buffer.concat(chunks), isWhole: true }
}

function parseJson(octets: Uint8Array, refuse: (problem: string) => ConsulError): unknown {
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(octets))
  } catch {
    // Without the parser's words: they repeat what was sent, which may be a key.
    throw refuse('it is no JSON')
  }
}

/** What the agent says of its refusal, which may be anything, and may repeat the token. */
function shownText(octets: Buffer, token: string | null): string {
  const text = octets.toString('utf8').trim()
  return escapeHostile(token === null ? text : text.replaceAll(token, '(the token)'), MAX_SHOWN_ERROR)
}

/** By its code: the messages of TLS repeat what a certificate says. */
function codeOf(error: unknown): string {
  const code: unknown = typeof error === 'object' && error !== null ? Reflect.get(error, 'code') : undefined
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,63}$/.test(code)
    ? code
    : 'the connection ended without an answer'
}
