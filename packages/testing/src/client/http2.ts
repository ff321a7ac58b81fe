import { connect, type IncomingHttpHeaders, type IncomingHttpStatusHeader, type OutgoingHttpHeaders } from 'node:http2'
import type { Duplex } from 'node:stream'
import type { Exchange } from './http1.ts'
import { type ClientRequest, type ClientResponse, headerPairs, readBody } from './messages.ts'

/**
 * Creates an HTTP/2 exchange on a connection that has negotiated `h2`.
 *
 * @param socket - Connected.
 * @param host - The `:authority` of every request.
 */
export function createHttp2Exchange(socket: Duplex, host: string): Exchange {
  const session = connect(`https://${host}`, { createConnection: () => socket })
  const lost = { error: new Error('the connection is closed') }
  session.on('error', (error: Error) => {
    lost.error = error
  })

  async function request(input: ClientRequest): Promise<ClientResponse> {
    if (session.destroyed) throw lost.error
    const stream = session.request({
      ...linesByName(input),
      ':method': input.method ?? 'GET',
      ':path': input.path ?? '/',
    })
    stream.end(input.body)
    const answered = new Promise<Readonly<{ headers: Headers; rawHeaders: readonly string[] }>>((resolve, reject) => {
      stream.on('error', reject)
      stream.once('close', () => reject(lost.error))
      stream.once('response', (headers, _flags, ...rest: unknown[]) => {
        resolve({ headers, rawHeaders: (rest[0] ?? []) as readonly string[] })
      })
    })
    const { headers, rawHeaders } = await answered
    const body = await readBody(stream)
    return {
      statusCode: headers[':status'] ?? 0,
      headers,
      rawHeaders,
      body,
      json: () => JSON.parse(body) as unknown,
    }
  }

  return {
    request,
    upgrade: () => Promise.reject(new TypeError('HTTP/2 has no Upgrade (RFC 9113 section 8.6)')),
  }
}

type Headers = IncomingHttpHeaders & IncomingHttpStatusHeader

/** Lines of one name become one list, the form in which node:http2 takes duplicates. */
function linesByName(request: ClientRequest): OutgoingHttpHeaders {
  const lines: Record<string, string[]> = {}
  for (const [name, value] of headerPairs(request.headers)) {
    const key = name.toLowerCase()
    lines[key] = [...(lines[key] ?? []), value]
  }
  return Object.fromEntries(
    Object.entries(lines).map(([name, values]) => [name, values.length === 1 ? values[0] : values]),
  )
}
