import { ConfigurationError, createAuthenticator } from '@clientcert/core'
import type { FastifyInstance, FastifyPluginAsync } from 'fastify'
import fp from 'fastify-plugin'
import type { ClientCertRequest } from './augmentation.ts'
import { decide, internalError } from './decide.ts'
import { addHooks } from './hooks.ts'
import { type ClientCertOptions, type HostsClientCertOptions, readOptions } from './options.ts'
import { createRouteReader, hasOwnScope, type Scope, scopeOf, setScope } from './scope.ts'
import { createVaryHook } from './vary.ts'

const register: FastifyPluginAsync<ClientCertOptions | HostsClientCertOptions> = async (instance, options) => {
  if (hasOwnScope(instance)) {
    const fix =
      'Register once for each scope; within `app.register(async (child) => ...)` a second one replaces the options.'
    throw new ConfigurationError('ERR_CONFIG_VALUE', 'clientCert', 'is registered a second time in the same scope', fix)
  }
  const outer = scopeOf(instance) ?? null
  const { core, decidedBy } = readOptions(options)
  const authenticator = createAuthenticator({ logger: instance.log, ...core })
  const scope: Scope = {
    authenticator,
    decidedBy,
    hookedAt: outer?.hookedAt ?? instance,
    outer,
    routeOf: createRouteReader(authenticator),
    loggerOf: 'logger' in core ? () => undefined : ({ log }) => log,
  }
  setScope(instance, scope)
  if (outer === null) {
    decorate(instance)
    addHooks(instance, scope)
  }
  if (authenticator.vary !== null) instance.addHook('onSend', createVaryHook(authenticator.vary))
  instance.addHook('onReady', async () => {
    authenticator.checkServer(instance.server)
    await authenticator.ready()
  })
  instance.addHook('onClose', async () => authenticator.close())
}

/** Of null, so that every request has one shape from the start. */
function decorate(instance: FastifyInstance): void {
  instance.decorateRequest('clientCert', null)
  instance.decorateRequest('clientCertDecision', null)
  instance.decorate('verifyClientCert', verifyClientCert)
  instance.decorate('clientCertAuthenticator', {
    getter() {
      return scopeAt(this).authenticator
    },
  })
}

async function verifyClientCert(request: ClientCertRequest): Promise<void> {
  const objection = await decide(request, scopeAt(request.server))
  if (objection) throw objection
  if (request.clientCertDecision?.outcome !== 'skipped') return
  const fix = "Give the route another mode; to decide only where it is called, register with mode: 'manual'."
  throw internalError(
    new ConfigurationError('ERR_CONFIG_VALUE', 'mode', "is 'off' where verifyClientCert is called", fix),
  )
}

function scopeAt(instance: object): Scope {
  const scope = scopeOf(instance)
  if (scope) return scope
  const fix = 'Register it on the instance of the route, or on one around it.'
  throw internalError(
    new ConfigurationError('ERR_CONFIG_MISSING', 'clientCert', 'is not registered for this scope', fix),
  )
}

/**
 * The plugin: verifies the client of every request, of every route and 404 handler of the instance and below, by one hook. Registering again in
 * a child replaces the options there.
 *
 * @example
 * const app = Fastify({ https: tlsOptions({ key, cert }) })
 * await app.register(clientCert, { trust: { file: './clients-ca.pem' } })
 * app.get('/whoami', (request) => request.clientCert)
 */
export const clientCert: FastifyPluginAsync<ClientCertOptions | HostsClientCertOptions> = fp(register, {
  fastify: '5.x',
  name: '@clientcert/fastify',
})
