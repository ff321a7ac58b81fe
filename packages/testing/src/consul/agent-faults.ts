/** What an agent of Consul, or something in front of it, can do wrong on purpose. */
import type { ServerResponse } from 'node:http'

export type ConsulFault =
  /** Takes the request and never answers, whatever time it was asked to wait. */
  | Readonly<{ kind: 'hanging' }>
  /** Answers with this status; 500 is what an agent says that has lost its servers. */
  | Readonly<{ kind: 'status'; status: number; body?: string; headers?: Readonly<Record<string, string>> }>
  /** Answers 200 with what is no JSON. */
  | Readonly<{ kind: 'garbage' }>
  /** Answers 200 with this instead, as JSON. */
  | Readonly<{ kind: 'answer'; json: unknown }>
  /** Changes the good answer. */
  | Readonly<{ kind: 'altered'; alter: (json: Record<string, unknown>) => unknown }>
  /** Sends a body that never ends. */
  | Readonly<{ kind: 'huge' }>
  /** Sends half of the body that it announced, and ends the connection. */
  | Readonly<{ kind: 'half-body' }>
  /** Resets the connection. */
  | Readonly<{ kind: 'reset' }>
  /** Says this of `X-Consul-Index`; null: says nothing of it. */
  | Readonly<{ kind: 'index'; index: string | null }>

/** What would have been sent. */
export type GoodAnswer = Readonly<{ json: unknown; index: bigint }>

const CHUNK = Buffer.alloc(65_536, 0x20)

/** Answers in the way of the fault; well, where there is none. */
export function answerWith(response: ServerResponse, { json, index }: GoodAnswer, fault: ConsulFault | null): void {
  const headers = { 'content-type': 'application/json', 'x-consul-index': String(index) }
  switch (fault?.kind) {
    case undefined:
      sendJson(response, json, headers)
      return
    case 'hanging':
      return
    case 'status':
      sendText(response, fault.status, fault.body ?? 'rpc error: No cluster leader', fault.headers)
      return
    case 'garbage':
      response.writeHead(200, headers)
      response.end('<html>down for maintenance')
      return
    case 'answer':
      sendJson(response, fault.json, headers)
      return
    case 'altered':
      sendJson(response, fault.alter(structuredClone(json) as Record<string, unknown>), headers)
      return
    case 'huge': {
      response.writeHead(200, headers)
      const more = () => {
        while (!response.destroyed && response.write(CHUNK)) {
          // Until the socket is full; then when it has room.
        }
      }
      response.on('drain', more)
      more()
      return
    }
    case 'half-body': {
      const body = Buffer.from(JSON.stringify(json))
      response.writeHead(200, { ...headers, 'content-length': body.length })
      response.write(body.subarray(0, body.length >> 1), () => response.destroy())
      return
    }
    case 'reset':
      if (response.socket && 'resetAndDestroy' in response.socket) response.socket.resetAndDestroy()
      return
    case 'index': {
      const { 'x-consul-index': _left, ...others } = headers
      sendJson(response, json, fault.index === null ? others : { ...others, 'x-consul-index': fault.index })
      return
    }
    default:
      fault satisfies never
  }
}

function sendJson(response: ServerResponse, json: unknown, headers: Readonly<Record<string, string>>): void {
  response.writeHead(200, headers)
  response.end(JSON.stringify(json))
}

/** Consul's errors are text. */
export function sendText(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, { 'content-type': 'text/plain; charset=utf-8', ...headers })
  response.end(text)
}
