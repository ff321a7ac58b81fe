import type { Leaf } from '@clientcert/testing'
import { createTlsClient, injectWithCertificate } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import { clientCert, type Mode } from '../src/index.ts'
import { alice, BAD_CLIENTS, clock, createLog, plainApp, tlsApp, trust, whoami } from './apps.ts'

type Answer = Readonly<{ name: string; status: number; body: unknown }>

const passed = (outcome: string, subject: string | null = null): Answer => ({
  name: outcome,
  status: 200,
  body: { subject, outcome },
})
const refused = (name: string, code: string, message: string): Answer => ({
  name,
  status: 401,
  body: { statusCode: 401, error: 'Unauthorized', code, message },
})

const ALICE = passed('accepted', 'CN=alice')
const ANONYMOUS = passed('anonymous')
const UNVERIFIED = passed('unverified')
const SKIPPED = passed('skipped')
const REQUIRED = refused('required', 'ERR_CLIENT_CERT_REQUIRED', 'No required TLS certificate was sent')
const REJECTED = refused('rejected', 'ERR_CLIENT_CERT_REJECTED', 'TLS certificate failed verification')

type BadClient = keyof typeof BAD_CLIENTS
type Client = 'nobody' | 'alice' | BadClient

const bad = (answer: Answer): Record<BadClient, Answer> => ({
  expired: answer,
  'another authority': answer,
  'signed by itself': answer,
  forged: answer,
  'for servers only': answer,
})

const ANSWERS: Readonly<Record<Mode, Readonly<Record<Client, Answer>>>> = {
  required: { nobody: REQUIRED, alice: ALICE, ...bad(REJECTED) },
  optional: { nobody: ANONYMOUS, alice: ALICE, ...bad(REJECTED) },
  'optional-no-ca': {
    nobody: ANONYMOUS,
    alice: ALICE,
    ...bad(REJECTED),
    'another authority': UNVERIFIED,
    'signed by itself': UNVERIFIED,
  },
  'accept-unverified': { nobody: ANONYMOUS, alice: ALICE, ...bad(UNVERIFIED) },
  off: { nobody: SKIPPED, alice: SKIPPED, ...bad(SKIPPED) },
}

const isBad = (client: Client): client is BadClient => client in BAD_CLIENTS
const leafOf = (client: Client): Leaf | null =>
  isBad(client) ? BAD_CLIENTS[client].leaf : client === 'alice' ? alice : null
const codeOf = (client: Client): string => (isBad(client) ? BAD_CLIENTS[client].code : 'ERR_EVIDENCE_NO_CERTIFICATE')

const MODES = Object.keys(ANSWERS) as Mode[]
const CLIENTS = Object.keys(ANSWERS.required) as Client[]
const cases = MODES.flatMap((mode) => CLIENTS.map((client) => ({ mode, client, answer: ANSWERS[mode][client] })))

describe.each(['options', 'route'] as const)('the mode of the %s', (place) => {
  test.each(cases)('$mode, client $client: $answer.name', async ({ mode, client, answer }) => {
    const log = createLog()
    const app = tlsApp(log)
    await app.register(clientCert, { trust, clock, ...(place === 'options' ? { mode } : {}) })
    app.get('/', place === 'route' ? { config: { clientCert: mode } } : {}, whoami)

    const response = await injectWithCertificate(app, leafOf(client), '/')

    expect({ status: response.statusCode, body: response.json() }).toEqual({ status: answer.status, body: answer.body })
    const hasReason = answer === REQUIRED || answer === REJECTED || answer === UNVERIFIED
    expect(log.codes()).toEqual(hasReason ? [codeOf(client)] : [])
  })
})

test('the mode is required unless something is said', async () => {
  const app = tlsApp()
  await app.register(clientCert, { trust, clock })
  app.get('/', whoami)
  expect((await injectWithCertificate(app, null, '/')).statusCode).toBe(401)
  expect((await injectWithCertificate(app, alice, '/')).json()).toEqual(ALICE.body)
})

test('an unverified certificate is in the decision, as something presented, and never an identity', async () => {
  const app = tlsApp()
  await app.register(clientCert, { trust, clock, mode: 'accept-unverified' })
  const { leaf, code } = BAD_CLIENTS['another authority']
  app.get('/', ({ clientCert: identity, clientCertDecision: decision }) => {
    if (decision?.outcome !== 'unverified') return { identity, outcome: decision?.outcome }
    return { identity, code: decision.failure.code, der: Buffer.from(decision.presented.der).toString('hex') }
  })
  const response = await injectWithCertificate(app, leaf, '/')
  expect(response.json()).toEqual({ identity: null, code, der: Buffer.from(leaf.certificate.der).toString('hex') })
})

test('plain HTTP presents no certificate: refused where one is required, anonymous where not', async () => {
  const app = plainApp()
  await app.register(clientCert, { trust, clock })
  app.get('/', whoami)
  app.get('/open', { config: { clientCert: 'optional' } }, whoami)
  expect((await injectWithCertificate(app, null, '/')).statusCode).toBe(401)
  expect((await injectWithCertificate(app, null, '/open')).json()).toEqual(ANONYMOUS.body)
  expect((await app.inject('/')).statusCode).toBe(401)
  expect((await app.inject('/open')).json()).toEqual(ANONYMOUS.body)
})

test('the requests of one connection are decided each by its own route', async () => {
  const app = tlsApp()
  await app.register(clientCert, { trust, clock })
  for (const mode of ['required', 'accept-unverified', 'off'] as const) {
    app.get(`/${mode}`, { config: { clientCert: mode } }, whoami)
  }
  const { port } = new URL(await app.listen({ port: 0, host: '127.0.0.1' }))
  const client = await createTlsClient({ port: Number(port), leaf: BAD_CLIENTS.expired.leaf })
  expect((await client.request('/accept-unverified')).json()).toEqual(UNVERIFIED.body)
  expect((await client.request('/off')).json()).toEqual(SKIPPED.body)
  expect((await client.request('/accept-unverified')).json()).toEqual(UNVERIFIED.body)
  expect((await client.request('/required')).json()).toEqual(REJECTED.body)
  await client.close()
})
