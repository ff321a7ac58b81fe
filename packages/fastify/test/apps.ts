/** Applications on real servers, the authority their clients come from, and what they logged. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel'
import type { ClientCertFailure, DecisionMessage } from '@clientcert/core'
import { broken, createAuthority, type Leaf, serverCertificate } from '@clientcert/testing'
import Fastify from 'fastify'
import { onTestFinished } from 'vitest'
import { type ClientCertProperties, tlsOptions } from '../src/index.ts'

export const root = createAuthority('Client CA')
export const trust = { pem: root.certificate.pem }
/** The authority's own, so that a test fails today and in five years for the same reason. */
export const clock = () => root.at

export const alice = root.issue({ subject: 'alice', san: { dns: 'alice.example' } })
export const bob = root.issue({ subject: 'bob', san: { dns: 'bob.example' } })

/** Bad in different ways, with the code each is refused with. */
export const BAD_CLIENTS = {
  expired: { leaf: broken.expired(root, { subject: 'alice' }), code: 'ERR_PATH_EXPIRED' },
  'another authority': { leaf: createAuthority('Other CA').issue('alice'), code: 'ERR_PATH_ISSUER_MISSING' },
  'signed by itself': { leaf: broken.selfSigned({}, root.at), code: 'ERR_PATH_SELF_SIGNED' },
  forged: {
    leaf: broken.otherAuthority(root, { keyIdentifiers: 'copied' }).issue('alice'),
    code: 'ERR_SIGNATURES_INVALID',
  },
  'for servers only': { leaf: broken.wrongEku(root, { subject: 'alice' }), code: 'ERR_PATH_EXTENDED_KEY_USAGE' },
} as const satisfies Record<string, { leaf: Leaf; code: ClientCertFailure['code'] }>

const { fullChainPem: cert, privateKeyPem: key } = serverCertificate(createAuthority('Server CA'))
export const serverKeyAndCert = { cert, key }

/** One line of the log, parsed. */
export type LogLine = Readonly<{
  msg: string
  level: number
  reqId?: string
  err?: { message: string; stack: string }
  clientCert?: { outcome: string; code: string; explanation: string[] }
}>

/** Log lines, in order. Give `logger` to Fastify. */
export function createLog() {
  const lines: LogLine[] = []
  const stream = { write: (line: string) => void lines.push(JSON.parse(line) as LogLine) }
  return { lines, logger: { level: 'info', stream }, codes: () => lines.flatMap((line) => line.clientCert?.code ?? []) }
}

export type Log = ReturnType<typeof createLog>

/** HTTP/1.1 over TLS, the application terminating it. */
export function tlsApp({ logger }: Partial<Log> = {}) {
  const app = Fastify({ https: tlsOptions(serverKeyAndCert), ...(logger ? { logger } : {}) })
  onTestFinished(async () => app.close())
  return app
}

/** HTTP/2 over TLS, and HTTP/1.1 for those who ask. */
export function http2App({ logger }: Partial<Log> = {}) {
  const https = { ...tlsOptions(serverKeyAndCert), allowHTTP1: true }
  const app = Fastify({ http2: true, https, ...(logger ? { logger } : {}) })
  onTestFinished(async () => app.close())
  return app
}

/** Plain HTTP, as behind a proxy. */
export function plainApp({ logger }: Partial<Log> = {}) {
  const app = Fastify(logger ? { logger } : {})
  onTestFinished(async () => app.close())
  return app
}

/** For routes: says who is there and how that came about. */
export const whoami = ({ clientCert, clientCertDecision }: ClientCertProperties) => ({
  subject: clientCert?.subject ?? null,
  outcome: clientCertDecision?.outcome ?? null,
})

/** Decisions made in this process until the test ends, in order. */
export function decisions(): readonly DecisionMessage[] {
  const messages: DecisionMessage[] = []
  const listen = (message: unknown) => void messages.push(message as DecisionMessage)
  subscribe('clientcert:decision', listen)
  onTestFinished(() => void unsubscribe('clientcert:decision', listen))
  return messages
}
