/** Requests through each client that a TLS context has, one after the other and many at a time. */
import { once } from 'node:events'
import { type Agent, request } from 'node:https'
import type { FetchDispatcher, Http2Client } from '@clientcert/upstream'

/** Sends one request, `POST` where it has a body, and resolves with the body of its answer. Rejects for any other status than 200. */
export type Ask = (path: string, body?: string) => Promise<string>

export const askByFetch =
  (url: string, dispatcher: FetchDispatcher): Ask =>
  async (path, body) => {
    const response = await fetch(url + path, { dispatcher, ...(body === undefined ? {} : { method: 'POST', body }) })
    return checked(response.status, await response.text())
  }

export const askByAgent =
  (url: string, agent: Agent): Ask =>
  async (path, body) => {
    const sent = request(url + path, { agent, method: body === undefined ? 'GET' : 'POST' })
    // What ends the connection within an answer is an error of both, and the one of the answer is waited for.
    sent.on('error', () => {}).end(body)
    const [response] = (await once(sent, 'response')) as [import('node:http').IncomingMessage]
    return checked(response.statusCode, await textOf(response))
  }

export const askByHttp2 =
  (client: Http2Client): Ask =>
  async (path, body) => {
    const stream = await client.request({ ':path': path, ':method': body === undefined ? 'GET' : 'POST' })
    stream.end(body)
    const [headers] = (await once(stream, 'response')) as [import('node:http2').IncomingHttpHeaders]
    return checked(headers[':status'] as number | undefined, await textOf(stream))
  }

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = ''
  for await (const chunk of stream) text += String(chunk)
  return text
}

function checked(status: number | undefined, text: string): string {
  if (status !== 200) throw new Error(`${status} ${text}`)
  return text
}

const PAUSE_MS = 5

const BODY = 'x'.repeat(4096)

/** A small `GET`, then a `POST` with a body, and again, each with the answer that a service of these tests gives. */
export const exchange =
  (ask: Ask): Turn =>
  async (turn) => {
    const [body, expected] = turn % 2 === 0 ? [undefined, 'GET 0'] : [BODY, `POST ${BODY.length}`]
    const text = await ask('/', body)
    if (!text.startsWith(`${expected} by `)) throw new Error(`${text} is not ${expected}`)
  }

/** One request and its answer; `turn` counts from 0. Rejects where either is not as it should be. */
export type Turn = (turn: number) => Promise<void>

export interface Load {
  /** How many were answered, or failed. */
  readonly ended: () => number
  /** What every request that failed was told. */
  readonly failures: readonly unknown[]
  /** Lets what is under way end. */
  readonly stop: () => Promise<void>
}

/** Takes turns in `loops` loops for each of them. */
export function startLoad(turns: readonly Turn[], loops: number): Load {
  const failures: unknown[] = []
  let ended = 0
  let isStopped = false
  const run = async (take: Turn): Promise<void> => {
    for (let turn = 0; !isStopped; turn += 1) {
      await take(turn).catch((error: unknown) => failures.push(error))
      ended += 1
      // What else there is to do in this process comes first: files are watched, and servers answer.
      await new Promise((resolve) => setTimeout(resolve, PAUSE_MS))
    }
  }
  const running = turns.flatMap((turn) => Array.from({ length: loops }, () => run(turn)))
  return {
    ended: () => ended,
    failures,
    stop: async () => {
      isStopped = true
      await Promise.all(running)
    },
  }
}
