import { ClientCertError } from '@clientcert/core'
import type { FastifyInstance, onErrorHookHandler, onRequestHookHandler, RouteOptions } from 'fastify'
import { decide, note } from './decide.ts'
import { type Scope, scopeOf } from './scope.ts'

/**
 * Adds the hooks, once for an instance and all below it. Fastify gives a hook to children that exist already, too, and reads the list of hooks when it
 * starts: routes declared before the plugin are covered, in this instance and below, and the 404 handlers with them.
 */
export function addHooks(instance: FastifyInstance, own: Scope): void {
  instance.addHook('onRequest', createRequestHook(instance, own))
  instance.addHook('onError', addHeadersOfRefusal)
  instance.addHook('onRoute', function checkConfig(route: RouteOptions) {
    const { config, method, url } = route
    if (config) (scopeOf(this) ?? own).routeOf({ config, method, url })
  })
}

function createRequestHook(instance: FastifyInstance, own: Scope): onRequestHookHandler {
  return (request, _reply, done) => {
    const scope = scopeOf(request.server) ?? own
    if (scope.hookedAt !== instance) {
      // A child registered before this instance did, and its own hook decides.
      own.authenticator.strip(request.raw)
      return done()
    }
    for (let { outer } = scope; outer; outer = outer.outer) outer.authenticator.strip(request.raw)
    if (scope.decidedBy === 'application') {
      scope.authenticator.strip(request.raw)
      note(request, null)
      return done()
    }
    const objection = decide(request, scope)
    if (objection instanceof Promise) void objection.then(done)
    else done(objection)
  }
}

/** Here and not where it is thrown: a refusal that `@fastify/auth` passes over for another way in leaves no trace on the reply. */
const addHeadersOfRefusal: onErrorHookHandler = (_request, reply, error, done) => {
  if (error instanceof ClientCertError) reply.headers(error.headers)
  done()
}
