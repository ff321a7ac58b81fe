import { createServer } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { Server } from 'node:net'
import { clientCert, clientCertErrors } from '@clientcert/express'
import express, { type ErrorRequestHandler } from 'express'
import { guardOf } from './guards.ts'
import { ourOptions } from './ours.ts'
import { BODY, type ServerSpec } from './spec.ts'
import { tlsOptionsOf } from './tls.ts'

export function createExpressServer(spec: ServerSpec): Promise<Server> {
  const app = express()
  if (spec.guard === 'clientcert') app.use(clientCert(ourOptions(spec)))
  const guard = guardOf(spec)
  if (guard) app.use(guard)
  app.get('/', (_request, response) => {
    response.send(BODY)
  })
  app.use(spec.guard === 'clientcert' ? clientCertErrors() : answerError)
  return Promise.resolve(spec.from === 'socket' ? createHttpsServer(tlsOptionsOf(spec), app) : createServer(app))
}

const answerError: ErrorRequestHandler = (error: { readonly status?: number }, _request, response, _next) => {
  response.status(error.status ?? 500).end()
}
