import type { IncomingMessage, ServerResponse } from 'node:http'
import { ClientCertError, refusalBody } from '@clientcert/core'
import type { Next } from './middleware.ts'

export type ErrorMiddleware = (error: unknown, request: IncomingMessage, response: ServerResponse, next: Next) => void

/**
 * Creates an error middleware that answers refusals as `{"message":...}` and passes every other error on.
 *
 * @example
 * app.use(clientCert({ trust: { file: './clients-ca.pem' } }))
 * app.use(routes)
 * app.use(clientCertErrors())
 */
export function clientCertErrors(): ErrorMiddleware {
  return function clientCertErrors(error, _request, response, next) {
    if (!(error instanceof ClientCertError) || response.headersSent) return next(error)
    const body = refusalBody(error)
    // What the application had begun to say of another body is not true of this one.
    for (const name of ['content-encoding', 'content-language', 'content-range', 'etag']) response.removeHeader(name)
    response.setHeader('content-type', 'application/json')
    response.setHeader('content-length', Buffer.byteLength(body))
    response.statusCode = error.statusCode
    response.end(body)
  }
}
