/** What a server of revocation data can do wrong, on purpose. */
import type { ServerResponse } from 'node:http'

/** A fault. Times in milliseconds. */
export type Fault =
  /** Answers well, but late. */
  | Readonly<{ kind: 'slow'; delayMs: number }>
  /** Takes the request and never answers. */
  | Readonly<{ kind: 'hanging' }>
  /** Sends the head, then the body an octet at a time. */
  | Readonly<{ kind: 'trickle'; everyMs: number }>
  /** Answers 200 with octets that are no DER. */
  | Readonly<{ kind: 'garbage' }>
  /** Answers with what is no HTTP. */
  | Readonly<{ kind: 'not-http' }>
  /** Sends a body that never ends, without saying how long it is. */
  | Readonly<{ kind: 'huge' }>
  /** Sends a head that never ends. */
  | Readonly<{ kind: 'huge-head' }>
  /** Answers with this status and no body. */
  | Readonly<{ kind: 'status'; status: number }>
  /** Redirects, with 302 by default: to a private address, say. */
  | Readonly<{ kind: 'redirect'; to: string; status?: number }>
  /** Sends half of the body it announced, and ends the connection. */
  | Readonly<{ kind: 'truncated' }>
  /** Announces a body that is this much longer than it is; shorter, where the number is negative. */
  | Readonly<{ kind: 'wrong-length'; by: number }>
  /** Says that the body is compressed: what unpacks it may find gigabytes. */
  | Readonly<{ kind: 'compressed'; coding?: string }>
  /** Resets the connection instead of answering. */
  | Readonly<{ kind: 'reset' }>

/** What would have been sent. */
export type Answer = Readonly<{ headers: Readonly<Record<string, string>>; body: Uint8Array }>

type Send<Kind extends Fault['kind']> = (
  response: ServerResponse,
  answer: Answer,
  fault: Extract<Fault, { kind: Kind }>,
) => void

const CHUNK = Buffer.alloc(65_536, 0x30)

const SENDERS: { readonly [Kind in Fault['kind']]: Send<Kind> } = {
  slow: (response, answer, { delayMs }) => {
    const timer = setTimeout(() => send(response, answer), delayMs)
    response.once('close', () => clearTimeout(timer))
  },
  hanging: () => {},
  trickle: (response, { headers, body }, { everyMs }) => {
    response.writeHead(200, { ...headers, 'content-length': body.length })
    response.flushHeaders()
    let sent = 0
    const timer = setInterval(() => {
      response.write(body.subarray(sent, ++sent))
      if (sent < body.length) return
      clearInterval(timer)
      response.end()
    }, everyMs)
    response.once('close', () => clearInterval(timer))
  },
  garbage: (response, { headers }) => send(response, { headers, body: Buffer.from('<html>down for maintenance') }),
  'not-http': ({ socket }) => socket?.end('\x16\x03\x01 this is no HTTP\r\n\r\n'),
  huge: (response, { headers }) => {
    response.writeHead(200, headers)
    const more = () => {
      while (!response.destroyed && response.write(CHUNK)) {
        // Until the socket is full; then when it has room.
      }
    }
    response.on('drain', more)
    more()
  },
  'huge-head': ({ socket }) => {
    if (socket === null) return
    socket.write('HTTP/1.1 200 OK\r\n')
    const line = `X-Long: ${'a'.repeat(4_096)}\r\n`
    const more = () => {
      while (!socket.destroyed && socket.write(line)) {
        // As above.
      }
    }
    socket.on('drain', more)
    socket.on('error', () => {}) // whoever had enough resets
    more()
  },
  status: (response, _answer, { status }) => {
    response.writeHead(status)
    response.end()
  },
  redirect: (response, _answer, { to, status = 302 }) => {
    response.writeHead(status, { location: to })
    response.end()
  },
  truncated: (response, { headers, body }) => {
    response.writeHead(200, { ...headers, 'content-length': body.length })
    response.write(body.subarray(0, body.length >> 1), () => response.destroy())
  },
  'wrong-length': ({ socket }, { headers, body }, { by }) => {
    // By hand: Node refuses to send what it knows to be wrong.
    const lines = Object.entries({ ...headers, 'content-length': String(body.length + by), connection: 'close' })
    const head = `HTTP/1.1 200 OK\r\n${lines.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`
    socket?.end(Buffer.concat([Buffer.from(head), body]))
  },
  compressed: (response, { headers, body }, { coding = 'gzip' }) =>
    send(response, { headers: { ...headers, 'content-encoding': coding }, body }),
  reset: ({ socket }) => {
    if (socket && 'resetAndDestroy' in socket) socket.resetAndDestroy()
  },
}

const WITH_BODY: ReadonlySet<Fault['kind']> = new Set(['slow', 'trickle', 'truncated', 'wrong-length', 'compressed'])

/** Whether what would have been sent is needed: a responder that is down makes nothing. */
export const needsBody = (fault: Fault | null): boolean => fault === null || WITH_BODY.has(fault.kind)

/** Answers in the way of the fault; well, where there is none. */
export function answerWith(response: ServerResponse, answer: Answer, fault: Fault | null): void {
  if (fault === null) send(response, answer)
  else (SENDERS[fault.kind] as Send<Fault['kind']>)(response, answer, fault)
}

function send(response: ServerResponse, { headers, body }: Answer): void {
  response.writeHead(200, { ...headers, 'content-length': body.length })
  response.end(body)
}
