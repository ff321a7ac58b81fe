import type { Server } from 'node:net'
import { clientCert } from '@clientcert/fastify'
import Fastify, { type FastifyInstance } from 'fastify'
import { guardOf } from './guards.ts'
import { ourOptions } from './ours.ts'
import { BODY, type ServerSpec } from './spec.ts'
import { tlsOptionsOf } from './tls.ts'

export async function createFastifyServer(spec: ServerSpec): Promise<Server> {
  const app = (spec.from === 'socket' ? Fastify({ https: tlsOptionsOf(spec) }) : Fastify()) as FastifyInstance
  if (spec.guard === 'clientcert') await app.register(clientCert, ourOptions(spec))
  const guard = guardOf(spec)
  if (guard) {
    app.addHook('onRequest', (request, reply, done) => {
      guard(request.raw, reply.raw, done)
    })
  }
  app.get('/', (_request, reply) => {
    void reply.send(BODY)
  })
  await app.ready()
  return app.server
}
