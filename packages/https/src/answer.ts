import { type IncomingMessage, type ServerResponse, STATUS_CODES } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Duplex } from 'node:stream'
import { type ClientCertError, refusalBody } from '@clientcert/core'

/** What a client that may not come in is told. Made of constants and the application's own words; never of a reason. */
export interface Answer {
  readonly statusCode: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

export type NodeResponse = ServerResponse | Http2ServerResponse

/** For mistakes that only a request brings to light. Their words are for the log. */
export const INTERNAL_ERROR: Answer = {
  statusCode: 500,
  headers: { 'cache-control': 'no-store' },
  body: '{"message":"Internal Server Error"}',
}

export const answerOf = (refusal: ClientCertError): Answer => ({
  statusCode: refusal.statusCode,
  headers: refusal.headers,
  body: refusalBody(refusal),
})

/** Answers instead of the listener. */
export function writeAnswer(response: NodeResponse, { statusCode, headers, body }: Answer): void {
  // Somebody answered while this was decided, so there is nobody left to tell.
  if (response.headersSent) return void response.destroy()
  response.statusCode = statusCode
  for (const [name, value] of Object.entries({ ...headers, ...headersOf(body) })) response.setHeader(name, value)
  response.end(body)
}

/** Answers on the bare socket of an upgrade or CONNECT, which has no response. Nothing can follow, so the connection ends in every mode. */
export function writeAnswerRaw(request: IncomingMessage, socket: Duplex, answer: Answer, vary: string | null): void {
  const { statusCode, headers, body } = answer
  const lines = Object.entries({
    date: new Date().toUTCString(),
    ...(vary === null ? {} : { vary }),
    ...headers,
    ...headersOf(body),
    connection: 'close',
  }).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.on('error', () => socket.destroy())
  socket.once('finish', () => socket.destroy())
  socket.end(
    `HTTP/1.1 ${statusCode} ${STATUS_CODES[statusCode] ?? ''}\r\n${lines.join('')}\r\n${request.method === 'HEAD' ? '' : body}`,
  )
}

const headersOf = (body: string): Record<string, string> => ({
  'content-type': 'application/json',
  'content-length': String(Buffer.byteLength(body)),
})
