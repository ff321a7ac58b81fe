/** What else guards a server, as middleware for whatever speaks connect's language: what it lets pass, and what it asks on each request. */
import { webcrypto } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { TLSSocket } from 'node:tls'
import clientCertificateAuth from 'client-certificate-auth'
import { Certificate, CertificateChainValidationEngine, CryptoEngine, setEngine } from 'pkijs'
import type { Guard, ServerSpec } from './spec.ts'

export type Middleware = (request: IncomingMessage, response: ServerResponse, next: (error?: Error) => void) => void

type Foreign = Exclude<Guard, 'none' | 'clientcert' | 'node'>

const GUARDS: Readonly<Record<Foreign, (spec: ServerSpec) => Middleware>> = {
  'no-op': () => (_request, _response, next) => next(),
  'peer-getter': () => (request, _response, next) => {
    const { socket } = request
    next(socket instanceof TLSSocket && socket.getPeerX509Certificate() ? undefined : refused())
  },
  'client-certificate-auth': createClientCertificateAuth,
  pkijs: createPkijs,
}

/** @returns Nothing for a server without any such guard. */
export function guardOf(spec: ServerSpec): Middleware | undefined {
  const { guard } = spec
  return guard === 'none' || guard === 'clientcert' || guard === 'node' ? undefined : GUARDS[guard](spec)
}

const refused = (): Error => Object.assign(new Error('refused'), { status: 401, statusCode: 401 })

/**
 * It verifies nothing itself: it asks Node's `authorized`, and the application whether it likes the names. Written for Express; under Fastify the one
 * thing that it asks Express for is set by hand.
 */
function createClientCertificateAuth({ framework, material }: ServerSpec): Middleware {
  const guard = clientCertificateAuth(({ subjectaltname = '' }) => subjectaltname.includes(material.allowedName))
  if (framework === 'express') return guard
  return (request, response, next) => guard(Object.assign(request, { secure: true }), response, next)
}

/** pkijs's chain engine on every request, with the root parsed beforehand. */
function createPkijs({ from, material }: ServerSpec): Middleware {
  setEngine('node', new CryptoEngine({ name: 'node', crypto: webcrypto }))
  const anchor = Certificate.fromBER(derOf(material.clientCa))
  const isGood = async (der: Uint8Array): Promise<boolean> => {
    const certs = [Certificate.fromBER(der)]
    return (await new CertificateChainValidationEngine({ trustedCerts: [anchor], certs }).verify()).result
  }
  const presented = from === 'headers' ? presentedInHeader : presentedBySocket
  return (request, _response, next) => {
    const der = presented(request)
    if (!der) return next(refused())
    isGood(der).then(
      (good) => next(good ? undefined : refused()),
      () => next(refused()),
    )
  }
}

const derOf = (pem: string): Uint8Array => Buffer.from(pem.replace(/-----[^-]+-----|\s/g, ''), 'base64')

function presentedInHeader({ headers }: IncomingMessage): Uint8Array | undefined {
  const text = headers['ssl-client-cert']
  return typeof text === 'string' ? derOf(decodeURIComponent(text)) : undefined
}

const presentedBySocket = ({ socket }: IncomingMessage): Uint8Array | undefined =>
  socket instanceof TLSSocket ? socket.getPeerX509Certificate()?.raw : undefined
