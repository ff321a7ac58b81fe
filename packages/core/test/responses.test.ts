import { inspect } from 'node:util'
import '@clientcert/testing/vitest'
import { broken, createAuthority } from '@clientcert/testing'
import { describe, expect, test } from 'vitest'
import {
  ClientCertError,
  type Decision,
  dns,
  failureOf,
  type Refusal,
  type Rejected,
  type Responses,
  refusalBody,
} from '../src/index.ts'
import { alice, authenticatorFor, behindNginx, linesFor, root } from './behind-nginx.ts'
import { requestPlainly, serve } from './serving.ts'

function rejected(decision: Decision): Rejected {
  if (decision.outcome !== 'rejected') throw new Error(`not refused: ${decision.outcome}`)
  return decision
}

/** One refusal of each kind, of a client whose name says what must not get out. */
const SECRETIVE = root.issue({
  subject: 'TOP-SECRET',
  notAfter: new Date('2020-01-01'),
  notBefore: new Date('2019-01-01'),
})

const REFUSALS: Readonly<Record<Rejected['reason'], () => Promise<Rejected>>> = {
  required: async () => {
    const { port, last } = await serve('http', authenticatorFor())
    await requestPlainly({ port })
    return rejected(last().decision)
  },
  rejected: async () => rejected(await authenticatorFor().verify({ pem: SECRETIVE.fullChainPem })),
  forbidden: async () =>
    rejected(await authenticatorFor({ allow: dns('TOP-SECRET') }).verify({ pem: alice.fullChainPem })),
  unavailable: async () => {
    const trust = { name: 'TOP-SECRET', load: () => new Promise<never>(() => {}) }
    return rejected(await authenticatorFor({ trust }).verify({ pem: alice.fullChainPem }))
  },
  // Of responses alone: an authenticator of several hosts says it of a decision of another reason.
  misdirected: async () => ({ ...(await REFUSALS.rejected()), reason: 'misdirected' }),
}

const refusalFor = async (reason: Rejected['reason'], responses: Responses): Promise<ClientCertError> =>
  authenticatorFor({ responses }).refusal(await REFUSALS[reason]())

describe('the words of a refusal', () => {
  test.each([
    ['kong', 'required', 401, 'No required TLS certificate was sent'],
    ['kong', 'rejected', 401, 'TLS certificate failed verification'],
    ['kong', 'forbidden', 403, 'The client certificate is not allowed here'],
    ['kong', 'unavailable', 503, 'Service Unavailable'],
    ['kong', 'misdirected', 421, 'Misdirected Request'],
    ['nginx', 'required', 400, 'No required SSL certificate was sent'],
    ['nginx', 'rejected', 400, 'The SSL certificate error'],
    ['nginx', 'forbidden', 403, 'Forbidden'],
    ['nginx', 'unavailable', 503, 'Service Unavailable'],
    ['nginx', 'misdirected', 421, 'Misdirected Request'],
    ['rfc9440', 'required', 401, 'No required TLS certificate was sent'],
    ['rfc9440', 'rejected', 403, 'TLS certificate failed verification'],
    ['rfc9440', 'forbidden', 403, 'The client certificate is not allowed here'],
    ['rfc9440', 'unavailable', 503, 'Service Unavailable'],
    ['rfc9440', 'misdirected', 421, 'Misdirected Request'],
  ] as const)('in the style of %s, %s: %i %s', async (style, reason, statusCode, message) => {
    const error = await refusalFor(reason, style)
    expect(error).toMatchObject({ statusCode, status: statusCode, message })
    expect(refusalBody(error)).toBe(JSON.stringify({ message }))
  })

  test("are a route's own where it has some", async () => {
    const authenticator = authenticatorFor({ responses: 'kong' })
    const refusal = await REFUSALS.rejected()
    expect(authenticator.refusal(refusal).statusCode).toBe(401)
    expect(authenticator.refusal(refusal, authenticator.route({ responses: 'nginx' })).statusCode).toBe(400)
  })
})

describe('a ClientCertError', () => {
  test.each([
    ['required', 'ERR_CLIENT_CERT_REQUIRED'],
    ['rejected', 'ERR_CLIENT_CERT_REJECTED'],
    ['forbidden', 'ERR_CLIENT_CERT_FORBIDDEN'],
    ['unavailable', 'ERR_CLIENT_CERT_REJECTED'],
    ['misdirected', 'ERR_CLIENT_CERT_REJECTED'],
  ] as const)('has one of three public codes: %s: %s', async (reason, code) => {
    const error = await refusalFor(reason, 'kong')
    expect(error).toBeInstanceOf(Error)
    expect(error).toMatchObject({ name: 'ClientCertError', code, expose: true })
  })

  test.each(Object.keys(REFUSALS) as Rejected['reason'][])(
    'shows nothing of the reason, however it is printed: %s',
    async (reason) => {
      const error = await refusalFor(reason, 'kong')
      const failure = failureOf(error)
      if (failure === undefined) throw new Error('no failure behind it')
      const printed = [
        JSON.stringify(error),
        JSON.stringify(Object.getOwnPropertyDescriptors(error)),
        inspect(error, { depth: 10, showHidden: true }),
        String(error),
        error.stack ?? '',
        JSON.stringify(structuredClone(error)),
      ].join('\n')
      expect(printed).not.toContain('TOP-SECRET')
      expect(printed).not.toContain(failure.code)
      expect(printed).not.toContain(failure.message)
      expect(printed).not.toContain(failure.hint)
    },
  )

  test('has no stack, since it is no defect of the program, and leaves those of others alone', async () => {
    const before = Error.stackTraceLimit
    const error = await refusalFor('rejected', 'kong')
    expect(error.stack ?? '').not.toMatch(/\n\s+at /)
    expect(Error.stackTraceLimit).toBe(before)
    expect(new Error('other').stack).toMatch(/\n\s+at /)
  })

  test('gives its failure to failureOf, and to nobody else', async () => {
    const error = await refusalFor('rejected', 'kong')
    expect(failureOf(error)).toMatchObject({ code: 'ERR_PATH_EXPIRED', certificate: { subject: 'CN=TOP-SECRET' } })
    for (const not of [new Error('x'), undefined, null, 'x', Object.assign({}, error), structuredClone(error)]) {
      expect(failureOf(not)).toBeUndefined()
    }
    expect(failureOf(Object.create(ClientCertError.prototype))).toBeUndefined()
  })

  test('says whose fault it is, so that an error handler may tell ours from theirs', async () => {
    const faults = await Promise.all(
      (['required', 'rejected', 'forbidden', 'unavailable'] as const).map(
        async (reason) => (await refusalFor(reason, 'kong')).fault,
      ),
    )
    expect(faults).toEqual(['client', 'client', 'client', 'server'])
  })

  test('carries headers that cannot be changed, among them no-store (RFC 9111 5.2.2.5)', async () => {
    const { headers } = await refusalFor('rejected', 'kong')
    expect(headers['cache-control']).toBe('no-store')
    expect(Object.isFrozen(headers)).toBe(true)
  })

  test('leaves the connection to the proxy where there is one', async () => {
    const authenticator = behindNginx()
    const { port, last } = await serve('http', authenticator)
    await requestPlainly({ port }, linesFor(broken.expired(root)))
    const error = authenticator.refusal(rejected(last().decision), undefined, last().request)
    expect(error.headers).toEqual({ 'cache-control': 'no-store' })
  })
})

describe("a responder of the application's own", () => {
  test('is told the public code and the fault, and never the reason', async () => {
    const told: Refusal[] = []
    const responses: Responses = (refusal) => {
      told.push(refusal)
      return { statusCode: refusal.fault === 'server' ? 503 : 418, message: 'no' }
    }
    const error = await refusalFor('rejected', responses)
    expect(error).toMatchObject({ statusCode: 418, message: 'no', code: 'ERR_CLIENT_CERT_REJECTED' })
    expect(told).toEqual([{ reason: 'rejected', code: 'ERR_CLIENT_CERT_REJECTED', fault: 'client' }])
    expect((await refusalFor('unavailable', responses)).statusCode).toBe(503)
  })

  test.each([
    ['nothing', undefined],
    ['null', null],
    ['a status below 400, which would let the client in', { statusCode: 200, message: 'ok' }],
    ['399', { statusCode: 399, message: 'x' }],
    ['600', { statusCode: 600, message: 'x' }],
    ['a status that is a string', { statusCode: '401', message: 'x' }],
    ['half a status', { statusCode: 401.5, message: 'x' }],
    ['no message', { statusCode: 401 }],
    ['a message that is an object', { statusCode: 401, message: {} }],
    ['a promise', Promise.resolve({ statusCode: 401, message: 'x' })],
  ])('must return a refusal: %s is a mistake', async (_, response) => {
    await expect(refusalFor('rejected', (() => response) as () => never)).rejects.toMatchObject({
      name: 'ConfigurationError',
      code: 'ERR_CONFIG_VALUE',
      option: 'responses',
    })
  })

  test.each([400, 599])('may return %i', async (statusCode) => {
    expect((await refusalFor('rejected', () => ({ statusCode, message: '' }))).statusCode).toBe(statusCode)
  })
})

test("a stranger's certificate is refused with the same words as an expired one: the peer learns nothing", async () => {
  const authenticator = authenticatorFor()
  const stranger = createAuthority().issue('mallory')
  const bodies = await Promise.all(
    [SECRETIVE, stranger, broken.forgedSignature(alice), broken.truncated(alice)].map(async (leaf) =>
      refusalBody(authenticator.refusal(rejected(await authenticator.verify({ pem: leaf.fullChainPem })))),
    ),
  )
  expect(new Set(bodies).size).toBe(1)
})
