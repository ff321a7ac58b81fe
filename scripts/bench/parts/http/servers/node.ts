import type { RequestListener } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:net'
import { createServer } from '@clientcert/https'
import { ourOptions } from './ours.ts'
import { BODY, type ServerSpec } from './spec.ts'
import { tlsOptionsOf } from './tls.ts'

/** A server of Node's own, over TLS. */
export function createNodeServer(spec: ServerSpec): Promise<Server> {
  const answer: RequestListener = (_request, response) => {
    response.setHeader('content-type', 'text/plain')
    response.setHeader('content-length', BODY.length)
    response.end(BODY)
  }
  return Promise.resolve(
    spec.guard === 'clientcert'
      ? createServer({ ...spec.material.server, ...ourOptions(spec) }, answer)
      : createHttpsServer(tlsOptionsOf(spec), answer),
  )
}
